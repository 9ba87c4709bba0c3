package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store/storetest"
	"onewindow/server/connector/webhook"
)

// The departments of the figures, one of which hangs, and the people who bind: a crowd at once while nobody knows yet that it
// hangs, then one after the other on bindingHands phones.
const (
	bindingDepartments = 12
	bindingPeople      = 400
	bindingHands       = 20
	bindingCrowd       = 200
)

// TestFiguresOfBinding measures what docs/benchmarks.md says of bindings, on PostgreSQL:
// ONEWINDOW_FIGURES=1 ONEWINDOW_TEST_DATABASE_URL=… go test ./server/app -run TestFiguresOfBinding -v
func TestFiguresOfBinding(t *testing.T) {
	if os.Getenv(figuresVariable) == "" || os.Getenv(storetest.ServerVariable) == "" {
		t.Skip("needs PostgreSQL and " + figuresVariable)
	}
	on := ground{database: storetest.NewDatabase(t), redis: os.Getenv(redisVariable), folder: t.TempDir()}
	o := newOffice(t)
	silent, hanging := hangingDepartment(t)
	register := httptest.NewServer(http.HandlerFunc(answerFigure))
	t.Cleanup(register.Close)
	file := o.connections(t, nil)
	catalogued := []string{"public-security", "health", "tax", "civil-affairs", "human-resources", "medical-insurance", "education", "housing-security", "provident-fund", "transport", "veterans-affairs", "disabled-federation"}
	for i, department := range catalogued[:bindingDepartments] {
		url := register.URL
		if i == 1 {
			url = silent.URL
		}
		further(t, file, department, url, 5*time.Second)
	}
	c := openWith(t, on, map[string]string{
		"ONEWINDOW_CONNECTIONS": file, "ONEWINDOW_RATE_PERSON_BURST": "1000000", "ONEWINDOW_RATE_ANONYMOUS_BURST": "1000000",
	})
	visitors := make([]*visitor, bindingPeople+bindingCrowd)
	for i := range visitors {
		visitors[i] = c.signIn(t, figurePhone(i))
	}
	var crowd durations
	var hands sync.WaitGroup
	begun := time.Now()
	for i := bindingPeople; i < len(visitors); i++ {
		hands.Go(func() { crowd.measure(t, visitors[i], i) })
	}
	var held []int32
	for time.Since(begun) < 1900*time.Millisecond {
		time.Sleep(10 * time.Millisecond)
		if time.Since(begun) > time.Second {
			held = append(held, c.store.Pool().Stat().AcquiredConns())
		}
	}
	hands.Wait()
	slices.Sort(held)
	t.Logf("%d at once: %s; connections held in the second second: median %d, most %d", bindingCrowd, crowd.String(), held[len(held)/2], held[len(held)-1])

	var took durations
	var next atomic.Int32
	for range bindingHands {
		hands.Go(func() {
			for i := int(next.Add(1)) - 1; i < bindingPeople; i = int(next.Add(1)) - 1 {
				took.measure(t, visitors[i], i)
			}
		})
	}
	hands.Wait()
	t.Logf("%d bindings on %d phones at once, one of %d departments hanging (asked %d times): %s", bindingPeople, bindingHands, bindingDepartments, hanging.Load(), took.String())
}

func figurePhone(i int) string { return fmt.Sprintf("+861390100%04d", i) }

// figureID is a fictitious number with its check digit; figureOf reads back whose it is.
func figureID(i int) string {
	digits := fmt.Sprintf("3301991980%02d%02d%03d", 1+i/280%12, 1+i%28, i%1000)
	sum := 0
	for place, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[place]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}

// answerFigure is every department but the one that hangs: it knows everybody, after the ten milliseconds of a fast one.
func answerFigure(w http.ResponseWriter, r *http.Request) {
	var asked struct{ NationalID string }
	if json.NewDecoder(r.Body).Decode(&asked) != nil || len(asked.NationalID) != 18 || r.Header.Get(webhook.HeaderSignature) == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	time.Sleep(10 * time.Millisecond)
	var i int
	_, _ = fmt.Sscan(strings.TrimLeft(asked.NationalID[14:17], "0")+" ", &i)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"subject":"s-%s","attributes":{"phone":%q}}`, models.NewID(), figurePhone(i))
}

// durations are how long people waited.
type durations struct {
	mutex sync.Mutex
	all   []time.Duration
}

func (d *durations) measure(t *testing.T, v *visitor, i int) {
	begun := time.Now()
	got, err := v.try("BindIdentity", input(vars{"name": "测试", "nationalId": figureID(i), "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}}}))
	passed := time.Since(begun)
	if err != nil || !strings.Contains(got.Raw, `"BOUND"`) {
		t.Errorf("binding %d: %v %s", i, err, got.Raw)
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.all = append(d.all, passed)
}

func (d *durations) String() string {
	slices.Sort(d.all)
	at := func(share float64) time.Duration {
		return d.all[int(share*float64(len(d.all)-1))].Round(time.Millisecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s, longest %s", at(0.5), at(0.99), at(1))
}
