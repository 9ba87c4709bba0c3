package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"onewindow/models"
)

// Fault is one thing that is wrong in a file.
type Fault struct {
	// File is relative to the folder that was read.
	File string
	// Line counts from 1; 0 where it is about the file as a whole.
	Line int
	// Path leads to the value inside the file, e.g. "materials[2].code" (counted from 0).
	Path string
	// Message says what was expected.
	Message models.Text
}

// String gives the fault on one line, as an operator reads it.
func (f Fault) String() string {
	var text strings.Builder
	text.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&text, ":%d", f.Line)
	}
	text.WriteString(": ")
	if f.Path != "" {
		text.WriteString(f.Path + ": ")
	}
	return text.String() + f.Message.In(models.English)
}

// Faults are all that is wrong in a folder.
type Faults []Fault

// Error gives one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for index, fault := range f {
		lines[index] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Err gives the faults as an error, or none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Collector gathers faults. Files that are read at the same time may share one.
type Collector struct {
	mutex  sync.Mutex
	faults Faults
}

// Add notes a fault.
func (c *Collector) Add(fault Fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.faults = append(c.faults, fault)
}

// Faults gives everything that was noted, by file and line.
func (c *Collector) Faults() Faults {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	slices.SortStableFunc(c.faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return c.faults
}
