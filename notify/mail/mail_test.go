package mail

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/notify"
)

type clock struct{}

func (clock) Now() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

// serve speaks SMTP with one client, and answers each command as told.
func serve(t *testing.T, answers map[string]string) (address string, said func() string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended, text := make(chan struct{}), ""
	go func() {
		defer close(ended)
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }()
		answer := func(command, usual string) {
			if told, is := answers[command]; is {
				usual = told
			}
			fmt.Fprintf(connection, "%s\r\n", usual)
		}
		answer("", "220 ready")
		lines, inData := bufio.NewScanner(connection), false
		for lines.Scan() {
			line := lines.Text()
			text += line + "\n"
			switch command, _, _ := strings.Cut(line, " "); {
			case inData && line == ".":
				inData = false
				answer(".", "250 taken")
			case inData:
			case command == "DATA":
				inData = true
				answer(command, "354 go on")
			default:
				answer(command, "250 fine")
			}
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String(), func() string { <-ended; return text }
}

func TestMail(t *testing.T) {
	tests := map[string]struct {
		answers map[string]string
		want    notify.Verdict
		code    string
	}{
		"taken":             {nil, notify.Taken, ""},
		"no such mailbox":   {map[string]string{"RCPT": "550 no such user"}, notify.BadAddress, "RCPT_550"},
		"a full mailbox":    {map[string]string{"RCPT": "450 later"}, notify.Temporary, "RCPT_450"},
		"too much":          {map[string]string{"": "421 too many"}, notify.Throttled, "HELLO_421"},
		"we may not send":   {map[string]string{"MAIL": "550 not you"}, notify.Temporary, "MAIL_550"},
		"taken, then not":   {map[string]string{".": "554 spam"}, notify.BadMessage, "DATA_554"},
		"a page in between": {map[string]string{"": "<html>"}, notify.Temporary, "NO_ANSWER"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			address, said := serve(t, test.answers)
			client, err := New("smtp://"+address, "一窗 <noreply@window.example.cn>", clock{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			outcome := client.Send(t.Context(), notify.Envelope{ID: "1", To: "wu@example.cn", Locale: models.Chinese, Title: "还缺材料", Body: "请登录查看"})
			if outcome.Verdict != test.want || outcome.Code != test.code {
				t.Fatalf("%+v", outcome)
			}
			if text := said(); test.want == notify.Taken && (!strings.Contains(text, "RCPT TO:<wu@example.cn>") || !strings.Contains(text, "Message-ID: <1@window.example.cn>")) {
				t.Errorf("said %s", text)
			}
		})
	}
}

func TestNothingIsSaidInTheOpen(t *testing.T) {
	if _, err := New("smtp://user:planted@", "x@example.cn", clock{}, nil); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("%v", err)
	}
}
