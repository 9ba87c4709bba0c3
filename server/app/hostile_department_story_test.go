package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"onewindow/server/connector/webhook"
)

func said200(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

// Whatever a department's system answers, the resident's request is served in its time: the paper is shown as asked for, nothing of
// the answer comes into the wallet, and the question is kept until the department answers it.
func TestAHostileDepartmentFailsNobodysRequest(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant := knownToTheOffice(t, c)
		draft := change(t, applicant, "StartApplication", vars{"itemCode": "flexible-employment-insurance"}).Application
		ended := make(chan struct{})
		defer close(ended)
		for _, test := range []struct {
			name  string
			forge http.HandlerFunc
		}{
			{"another person's card by its holder", said200(`{"number":"N-2","issuedOn":"2020-01-01","fields":{"nationalId":"110101190001010014"}}`)},
			{"another person's card by its subject", said200(`{"subject":"s-2","number":"N-2","issuedOn":"2020-01-01"}`)},
			{"a page", said200("<!DOCTYPE html><html>系统维护中</html>")},
			{"no end", func(w http.ResponseWriter, r *http.Request) {
				for more := bytes.Repeat([]byte(" "), 1<<20); r.Context().Err() == nil; {
					if _, err := w.Write(more); err != nil {
						return
					}
				}
			}},
			{"silence", func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-r.Context().Done():
				case <-ended:
				}
			}},
		} {
			o.answersWith(test.forge)
			begun := time.Now()
			asked := change(t, applicant, "FetchMaterials", vars{"applicationId": draft.ID}).Application
			if took := time.Since(begun); took > hangs/2 {
				t.Errorf("%s: the resident waited %v", test.name, took)
			}
			if card := asked.required("id-card"); card.Status != "MISSING" || card.Document != nil || card.Reason == nil || !strings.HasPrefix(*card.Reason, "正在向") {
				t.Errorf("%s: the card is %+v (%s)", test.name, card, said(card.Reason))
			}
			if held := ask[viewer](t, applicant, "MyDocuments", vars{"first": 10}).Documents.nodes(); len(held) > 0 {
				t.Errorf("%s: in the wallet there is %+v", test.name, held)
			}
		}
		var jobs int
		if err := c.store.Reader(t.Context()).Raw("SELECT count(*) FROM river_job WHERE kind = 'casework.fetch'").Scan(&jobs).Error; err != nil || jobs != 1 {
			t.Errorf("%d jobs ask for one paper, %v", jobs, err)
		}
		o.answersWith(nil)
		o.mutex.Lock()
		o.holds = map[string]string{"id-card": "N-1"}
		o.mutex.Unlock()
		for until := time.Now().Add(patience); ; {
			c.advance(t, "30m")
			if card := ask[application](t, applicant, "PreCheck", vars{"id": draft.ID}).required("id-card"); card.Status == "FETCHED" {
				break
			}
			if time.Now().After(until) {
				t.Fatal("what was asked was not kept until the department answered")
			}
			time.Sleep(300 * time.Millisecond)
		}
	})
}

func (o *office) answersWith(forge http.HandlerFunc) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.forge = forge
}

// unending is a body that never ends.
type unending struct{ more []byte }

func (u unending) Read(into []byte) (int, error) { return copy(into, u.more), nil }

// What comes to the door for events in bad form, though signed, is refused in the protocol's words, changes nothing and keeps nobody
// else out.
func TestHostileEventsChangeNothing(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		_, a := flexibleEmployment(t, c)
		whole := func(data string) string {
			return fmt.Sprintf(`{"specversion":"1.0","id":"x1","source":"/office","type":"onewindow.case.progress","subject":"%s/medical","time":"%s","data":%s}`, a.Number, opening, data)
		}
		good := whole(`{"title":"已收到","public":true}`)
		decided := func(fields string) string {
			return strings.Replace(whole(`{"decision":"approve","document":{"number":"1","fields":`+fields+`}}`), "case.progress", "case.decided", 1)
		}
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		_, _ = writer.Write([]byte(strings.Repeat(" ", 1<<20) + good))
		_ = writer.Close()
		post := func(body io.Reader, signed []byte, change func(*http.Request)) (int, string) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 2*hangs)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/departments/medical-insurance/events", body)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/cloudevents+json")
			webhook.Stamp(request.Header, o.theirs, "msg-x", time.Now(), signed)
			if change != nil {
				change(request)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return 0, err.Error() // closed while it was being sent
			}
			defer func() { _ = response.Body.Close() }()
			answer, _ := io.ReadAll(response.Body)
			return response.StatusCode, string(answer)
		}
		c.unchanged(t, func() {
			for _, test := range []struct {
				name, body, header, value string
				status                    int
			}{
				{"packed", packed.String(), "Content-Encoding", "gzip", 400},
				{"packed, and not said so", packed.String(), "", "", 400},
				{"a byte order mark", "\ufeff" + good, "", "", 400},
				{"no UTF-8", strings.Replace(good, "已收到", "\xff\xfe", 1), "", "", 400},
				{"said to be GBK", good, "Content-Type", "application/cloudevents+json; charset=gbk", 400},
				{"an attribute twice, the second in capitals", strings.Replace(good, `"id":"x1"`, `"id":"x1","ID":"x2"`, 1), "", "", 400},
				{"ten thousand levels", decided(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)), "", "", 400},
				{"a number that could not be read again", decided(`{"a":1e999999999}`), "", "", 400},
				{"very many values", decided(`{"a":[` + strings.TrimSuffix(strings.Repeat("1,", 400_000), ",") + `]}`), "", "", 400},
				{"megabytes without a file", decided(`{"a":"` + strings.Repeat("x", 2<<20) + `"}`), "", "", 413},
				{"one byte over 15 MiB", good + strings.Repeat(" ", 15<<20+1-len(good)), "", "", 413},
			} {
				begun := time.Now()
				status, answer := post(strings.NewReader(test.body), []byte(test.body), func(r *http.Request) {
					if test.header != "" {
						r.Header.Set(test.header, test.value)
					}
				})
				if status != test.status && (status != 0 || test.status != 413) || time.Since(begun) > hangs/2 || len(answer) > 2<<10 {
					t.Errorf("%s: %d in %v, want %d: %s", test.name, status, time.Since(begun), test.status, answer)
				}
			}
			for name, body := range map[string]io.Reader{"spaces without end": unending{bytes.Repeat([]byte(" "), 4096)}, "lists without end": unending{bytes.Repeat([]byte("["), 4096)}} {
				begun := time.Now()
				if status, _ := post(body, nil, nil); status != http.StatusRequestEntityTooLarge && status != 0 || time.Since(begun) > hangs {
					t.Errorf("%s: %d in %v", name, status, time.Since(begun))
				}
			}
		})
		var kept int
		if err := c.store.Reader(t.Context()).Raw("SELECT count(*) FROM connector_events").Scan(&kept).Error; err != nil || kept != 0 {
			t.Errorf("%d of them were kept, %v", kept, err)
		}
		if status, answer := post(strings.NewReader(good), []byte(good), nil); status != http.StatusAccepted {
			t.Errorf("a good one afterwards: %d %s", status, answer)
		}
	})
}
