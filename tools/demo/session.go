package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The person of the tour: 吴清明, who registers her son. She and the staff exist in demo mode alone.
const (
	phone         = "+8613800000005"
	name          = "吴清明"
	nationalID    = "330109199704059968"
	staffPassword = "onewindow-demo"
)

// problem is something that a person can mend.
type problem struct{ Code, Message, Field string }

// problems of an answer, as one error; nil if there are none.
func problems(operation string, found []problem) error {
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s %s: %s", operation, found[0].Code, found[0].Field, found[0].Message)
}

// tokens are a session as the server gives it.
type tokens struct{ AccessToken, RefreshToken string }

// sessionFile keeps the resident's session between two tours, as an app does on its phone: one code a minute is all that a
// phone gets, and five a day.
func (t *tour) sessionFile() string { return filepath.Join(t.data, "tour-session") }

// signIn brings the resident in: with the session of the last tour, otherwise with a code.
func (t *tour) signIn(ctx context.Context) error {
	t.headline("登录", "Sign in")
	session, err := t.goOn(ctx)
	if err == nil && session == nil {
		session, err = t.signInByCode(ctx)
	}
	if err != nil {
		return err
	}
	t.resident.token = session.AccessToken
	return os.WriteFile(t.sessionFile(), []byte(session.RefreshToken), 0o600)
}

// goOn takes up the session of the last tour; nil if there is none any more.
func (t *tour) goOn(ctx context.Context) (*tokens, error) {
	last, err := os.ReadFile(t.sessionFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var answer struct {
		RefreshSession struct {
			Session  *tokens
			Problems []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "RefreshSession", values{"refreshToken": string(last)}, &answer); err != nil {
		return nil, err
	}
	if answer.RefreshSession.Session != nil {
		t.say("上次的登录仍然有效", "still signed in from the last tour")
	}
	return answer.RefreshSession.Session, nil
}

func (t *tour) signInByCode(ctx context.Context) (*tokens, error) {
	asked := time.Now()
	before := len(t.outbox())
	if err := t.requestCode(ctx); err != nil {
		return nil, err
	}
	code := ""
	err := t.waitFor(ctx, "a code in "+t.outboxFile()+" (is -data the server's data folder?)", func() (bool, error) {
		for _, sent := range t.outbox()[min(before, len(t.outbox())):] {
			if sent.To == phone && sent.Data["code"] != "" {
				code = sent.Data["code"]
			}
		}
		return code != "", nil
	})
	if err != nil {
		return nil, err
	}
	t.say("短信验证码 "+code, fmt.Sprintf("the code came by SMS, %d ms after it was asked for", time.Since(asked).Milliseconds()))
	var answer struct {
		Login struct {
			Session  *tokens
			Problems []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "Login", values{"phone": phone, "code": code}, &answer); err != nil {
		return nil, err
	}
	if answer.Login.Session == nil {
		return nil, problems("Login", answer.Login.Problems)
	}
	return answer.Login.Session, nil
}

// requestCode asks for a code, and waits where the last one was asked for less than a minute ago.
func (t *tour) requestCode(ctx context.Context) error {
	for {
		var answer struct {
			RequestLoginCode struct {
				SentTo   string
				RetryAt  time.Time
				Problems []problem
			}
		}
		if err := t.resident.ask(ctx, chinese, "RequestLoginCode", values{"phone": phone}, &answer); err != nil {
			return err
		}
		said := answer.RequestLoginCode
		if len(said.Problems) == 0 {
			t.say("验证码已发送至 "+said.SentTo, "a code was sent to "+said.SentTo)
			return nil
		}
		wait := time.Until(said.RetryAt)
		if said.Problems[0].Code != "TOO_SOON" || wait > 2*time.Minute {
			return problems("RequestLoginCode", said.Problems)
		}
		t.say(fmt.Sprintf("一分钟只能获取一次验证码，等待 %d 秒", int(wait.Seconds())+1), fmt.Sprintf("one code a minute: waiting %d s", int(wait.Seconds())+1))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait + time.Second):
		}
	}
}

// letter is a line of the outbox.
type letter struct {
	At       time.Time
	To       string
	Template string
	Title    string
	Body     string
	Data     map[string]string
}

func (t *tour) outboxFile() string { return filepath.Join(t.data, "outbox", "sms.jsonl") }

// outbox reads what the server would have sent by SMS.
func (t *tour) outbox() (letters []letter) {
	raw, err := os.ReadFile(t.outboxFile())
	if err != nil {
		return nil
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var sent letter
		if json.Unmarshal(lines.Bytes(), &sent) == nil {
			letters = append(letters, sent)
		}
	}
	return letters
}

// waitFor looks again and again until something is there, as long as the tour's patience lasts.
func (s settings) waitFor(ctx context.Context, what string, there func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	for {
		found, err := there()
		if err != nil || found {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("waited in vain for " + what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// staffMember signs a member of the staff in.
func (t *tour) staffMember(ctx context.Context, username string) (*client, error) {
	var answer struct {
		StaffSignIn struct {
			Session *tokens
			Staff   struct {
				DisplayName string
				Department  struct{ Name string }
			}
			Problems []problem
		}
	}
	member := &client{base: t.resident.base}
	err := member.ask(ctx, chinese, "StaffSignIn", values{"username": username, "password": staffPassword}, &answer)
	if err != nil {
		return nil, err
	}
	if answer.StaffSignIn.Session == nil {
		return nil, problems("StaffSignIn", answer.StaffSignIn.Problems)
	}
	member.token = answer.StaffSignIn.Session.AccessToken
	t.say(answer.StaffSignIn.Staff.Department.Name+" "+answer.StaffSignIn.Staff.DisplayName+" 登录", username+" signs in")
	return member, nil
}
