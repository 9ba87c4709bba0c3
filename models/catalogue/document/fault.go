package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

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

// String gives the fault on one line in English, as a log has it.
func (f Fault) String() string { return f.In(models.English) }

// In gives the fault on one line, `file:line: path: message`, in one language or several, the first first. What is about
// a file as a whole stands on its line 1 under the path ".", so that every line has the same parts.
func (f Fault) In(languages ...models.Locale) string {
	messages := make([]string, len(languages))
	for index, language := range languages {
		messages[index] = f.Message.In(language)
	}
	line := fmt.Sprintf("%s:%d: %s: %s", f.File, max(f.Line, 1), cmp.Or(f.Path, "."), strings.Join(messages, " / "))
	return strings.Map(func(char rune) rune {
		if unicode.IsControl(char) || char == utf8.RuneError {
			return ' ' // names of files, keys and values of rules may hold anything, and one fault is one line
		}
		return char
	}, line)
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

// mostOfFile bounds the faults that are kept of one file: whoever has so many reads no further.
const mostOfFile = 1_000

// Collector gathers faults. Files that are read at the same time may share one.
type Collector struct {
	mutex  sync.Mutex
	faults Faults
	// warnings are no faults: what they are about loads.
	warnings Faults
	// ofFile counts the faults of each file, those beyond the bound included.
	ofFile map[string]int
}

// Add notes a fault. Of one file it keeps the first thousand, and that there are more.
func (c *Collector) Add(fault Fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ofFile == nil {
		c.ofFile = map[string]int{}
	}
	c.ofFile[fault.File]++
	switch count := c.ofFile[fault.File]; {
	case count == mostOfFile+1:
		fault.Path, fault.Message = "", models.T("这个文件的问题太多，其余不再列出", "the file has more faults than are listed")
	case count > mostOfFile:
		return
	}
	c.faults = append(c.faults, fault)
}

// Warn notes what is no fault.
func (c *Collector) Warn(warning Fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.warnings = append(c.warnings, warning)
}

// Faults gives everything that was noted, by file, line and path, each once.
func (c *Collector) Faults() Faults {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return inOrder(c.faults)
}

// Warnings gives what was noted as worth a second look, in the same order.
func (c *Collector) Warnings() Faults {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return inOrder(c.warnings)
}

func inOrder(noted Faults) Faults {
	faults := slices.Clone(noted)
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Path, b.Path),
			strings.Compare(a.Message[models.English], b.Message[models.English]))
	})
	return slices.CompactFunc(faults, func(a, b Fault) bool {
		return a.File == b.File && a.Line == b.Line && a.Path == b.Path && a.Message[models.English] == b.Message[models.English]
	})
}
