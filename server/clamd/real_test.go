package clamd

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

// With a real daemon (ONEWINDOW_TEST_CLAMD, and a database that knows the EICAR file): what it says is understood, whatever the
// size, from many at once.
func TestARealDaemon(t *testing.T) {
	address := os.Getenv("ONEWINDOW_TEST_CLAMD")
	if address == "" {
		t.Skip("ONEWINDOW_TEST_CLAMD is not set")
	}
	scanner := New(address)
	limit := 10 << 20 // its StreamMaxLength, and our largest file
	for name, test := range map[string]struct {
		content  []byte
		infected bool
		refused  bool
	}{
		"clean":                      {[]byte("%PDF-1.7 clean"), false, false},
		"infected":                   {eicar, true, false},
		"infected deep inside":       {append(bytes.Repeat([]byte("x"), 3<<20), eicar...), true, false},
		"empty":                      {nil, false, false},
		"as large as may be":         {bytes.Repeat([]byte("x"), limit), false, false},
		"larger than it takes":       {bytes.Repeat([]byte("x"), limit+1), false, true},
		"much larger than it takes":  {bytes.Repeat([]byte("x"), 3*limit), false, true},
		"infected beyond its limits": {append(bytes.Repeat([]byte("x"), limit), eicar...), false, true},
	} {
		begun := time.Now()
		infected, err := scanner.Scan(t.Context(), test.content)
		if infected != test.infected || (err != nil) != test.refused {
			t.Errorf("%s: infected %v, %v", name, infected, err)
		}
		t.Logf("%s: %d bytes in %v", name, len(test.content), time.Since(begun).Round(time.Millisecond))
	}
	var all sync.WaitGroup
	failures := make(chan error, 40)
	for n := range cap(failures) {
		all.Go(func() {
			infected, err := scanner.Scan(t.Context(), append([]byte("%PDF-1.7 "), eicar[:len(eicar)*(n%2)]...))
			if err == nil && infected != (n%2 == 1) {
				err = errors.New("clean and infected are taken for one another")
			}
			failures <- err
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
}
