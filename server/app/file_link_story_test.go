package app_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// linkAnswer is what a link gave.
type linkAnswer struct {
	status int
	length string
	body   []byte
}

// followLink follows a link from an address of this machine.
func followLink(t *testing.T, method, link, from string) linkAnswer {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), method, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return linkAnswer{response.StatusCode, response.Header.Get("Content-Length"), body}
}

// links are those of a hand-over, in the order of its papers.
func links(handed map[string]any) (urls []string) {
	papers, _ := handed["materials"].([]any)
	for _, paper := range papers {
		if link, _ := paper.(map[string]any)["url"].(string); link != "" {
			urls = append(urls, link)
		}
	}
	return urls
}

// A link is of one department's one hand-over: it has one reader, ends when the step is called off and after ten minutes, and the
// next department's link to the same paper is another. Whatever does not work is answered in the same words.
func TestALinkIsOfOneDepartmentAndOneStep(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		c := o.open(t, on, map[string]bool{"public-security": false, "human-resources": true, "medical-insurance": true})
		applicant, a := flexibleEmployment(t, c)
		first := links(o.handedOver(t, a.Number, "enrol"))
		if len(first) == 0 {
			t.Fatal("the first department was given no link")
		}
		got := followLink(t, http.MethodGet, first[0], "127.0.0.1")
		if got.status != http.StatusOK || !bytes.HasPrefix(got.body, []byte("%PDF-")) {
			t.Fatalf("the link gives %d and %d bytes", got.status, len(got.body))
		}
		if head := followLink(t, http.MethodHead, first[0], "127.0.0.1"); head.status != http.StatusOK || head.length != got.length || len(head.body) > 0 {
			t.Errorf("HEAD gives %+v", head)
		}
		unknown := followLink(t, http.MethodGet, c.url+"/files/AAAAAAAAAAAAAAAAAAAAAA", "127.0.0.1")
		dead := func(what, link, from string) {
			t.Helper()
			if got := followLink(t, http.MethodGet, link, from); got.status != http.StatusNotFound || !bytes.Equal(got.body, unknown.body) {
				t.Errorf("%s: %d %s, an unknown link: %s", what, got.status, got.body, unknown.body)
			}
		}
		dead("a second reader", first[0], "127.0.0.2")
		var looks int
		if err := c.store.Reader(t.Context()).Raw(`SELECT count(*) FROM audit_records WHERE application_id = ? AND actor_department = 'human-resources' AND fields = '["materials"]'`, a.ID).
			Scan(&looks).Error; err != nil || looks != 1 {
			t.Errorf("%d access records of the file, %v", looks, err)
		}

		if status, answer := o.eventOf(t, c, "human-resources", "onewindow.case.decided", a.Number+"/enrol", "h1", map[string]any{"decision": "approve"}, nil); status != http.StatusAccepted {
			t.Fatalf("the decision was answered %d %s", status, answer)
		}
		if still := followLink(t, http.MethodGet, first[0], "127.0.0.1"); still.status != http.StatusOK {
			t.Errorf("within its ten minutes the link of who has decided gives %d", still.status)
		}
		second := links(o.handedOver(t, a.Number, "medical"))
		if len(second) == 0 || second[0] == first[0] {
			t.Fatalf("the second department was given %v", second)
		}
		if again := followLink(t, http.MethodGet, second[0], "127.0.0.2"); !bytes.Equal(again.body, got.body) {
			t.Errorf("the second department's link gives %d and %d bytes", again.status, len(again.body))
		}
		change(t, applicant, "Withdraw", vars{"applicationId": a.ID, "reason": "不办了"})
		dead("once the applicant has withdrawn", second[0], "127.0.0.2")
		dead("of who had decided before", first[0], "127.0.0.1")
	})
}

// handedOver waits until a step of an application has come to the office.
func (o *office) handedOver(t *testing.T, number, step string) map[string]any {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		o.mutex.Lock()
		for _, handed := range o.heard["/v1/cases"] {
			if handed["number"] == number && handed["step"] == step {
				o.mutex.Unlock()
				return handed
			}
		}
		o.mutex.Unlock()
	}
	t.Fatalf("the step %s did not come", step)
	return nil
}
