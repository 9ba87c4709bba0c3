package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"onewindow/models"
	"onewindow/server/connector/conform"
	"onewindow/server/connector/webhook"
)

// secrets is a flag that can be given twice: the old secret and the new one.
type secrets []webhook.Secret

func (s *secrets) String() string { return "" }

// Set reads one secret. The error does not repeat it.
func (s *secrets) Set(text string) error {
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		return err
	}
	*s = append(*s, secret)
	return nil
}

// conformWish is what was asked for.
type conformWish struct {
	system            conform.System
	window            conform.Window
	outbound, inbound secrets
	department        string
	listen            string
	number, name      string
	wait              time.Duration
}

func prepareConform(flags *flag.FlagSet) func(context.Context, []string, output) int {
	wish := &conformWish{}
	system, window := &wish.system, &wish.window
	flags.StringVar(&system.URL, "url", "", "检查部门的系统：它的地址 / check a department's system: its `URL`, as in the connections file")
	flags.Var(&wish.outbound, "outbound-secret", "一窗签名用的密钥，更换期间给两次 / `whsec_…` that OneWindow signs with; twice while it is being replaced")
	flags.Var(&wish.inbound, "inbound-secret", "部门签名用的密钥，更换期间给两次 / `whsec_…` that the department signs with; twice while it is being replaced")
	flags.StringVar(&wish.number, "national-id", "", "部门认识的人的身份证号 / the national ID of a person whom the department knows")
	flags.StringVar(&wish.name, "name", "", "这个人的姓名 / that person's name")
	flags.StringVar(&system.Material, "material", "", "部门有的这个人的材料代码 / the `CODE` of a material that the department holds for that person")
	flags.StringVar(&system.ProofToken, "proof-token", "", "身份核验部门：能通过的核验凭据 / an identity authority: a `TOKEN` that proves that person")
	flags.BoolVar(&system.HandlesCases, "cases", false, "部门自行办理（handles_cases）/ the department handles cases")
	flags.StringVar(&system.Item, "item", "conformance", "交办件的事项代码 / the item `CODE` of the cases that it is given")
	flags.StringVar(&system.Step, "step", "conformance", "交办件的环节 / the `STEP` of those cases")
	flags.StringVar(&wish.listen, "listen", "", "在此地址扮演一窗接收事件，如 127.0.0.1:8090 / play OneWindow's door for events at this `ADDRESS`")
	flags.StringVar(&wish.department, "department", "", "部门代码 / the department's `CODE`")
	flags.DurationVar(&wish.wait, "wait", 30*time.Second, "等候决定的时间 / how long to wait for the decision")
	flags.DurationVar(&system.Timeout, "timeout", conform.DefaultTimeout, "每个请求的时限 / time for each request")
	flags.StringVar(&window.URL, "events", "", "检查一窗：事件地址 / check OneWindow: the `URL` of the events, http://…/departments/CODE/events or http://…")
	flags.StringVar(&window.Active, "active", "", "正在办理的本部门环节 / a step of the department that is being worked on, as `NUMBER/STEP`")
	flags.StringVar(&window.Waiting, "waiting", "", "还没轮到的本部门环节 / a step of the department whose turn has not come")
	flags.StringVar(&window.Ended, "ended", "", "已经办结的本部门环节 / a step of the department that was decided")
	flags.StringVar(&window.Foreign, "foreign", "", "别的部门的环节 / another department's step")
	flags.IntVar(&window.Flood, "flood", 0, "连发这么多事件，看是否限流 / send so many events at once, to see that too many are told so")
	return wish.run
}

func (w *conformWish) run(ctx context.Context, arguments []string, to output) int {
	w.system.Name, w.system.NationalID = models.NewPersonName(w.name), models.KnownNationalID(w.number)
	switch {
	case len(arguments) > 0, (w.system.URL == "") == (w.window.URL == ""):
		return misused(to, "请给出 -url（检查部门的系统）或 -events（检查一窗）/ give -url (a department's system) or -events (OneWindow)")
	case w.system.URL != "" && len(w.outbound) == 0:
		return misused(to, "请给出 -outbound-secret / give -outbound-secret")
	case w.system.URL != "" && (w.number == "") != (w.name == ""):
		return misused(to, "-national-id 和 -name 要一起给 / -national-id and -name go together")
	case w.system.URL == "" && len(w.inbound) == 0:
		return misused(to, "请给出 -inbound-secret / give -inbound-secret")
	case w.listen != "" && (w.department == "" || len(w.inbound) == 0):
		return misused(to, "-listen 需要 -department 和 -inbound-secret / -listen needs -department and -inbound-secret")
	}
	results, err := w.check(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(to.err, err)
		return failed
	}
	if !conform.Write(to.out, results) {
		return failed
	}
	return done
}

func (w *conformWish) check(ctx context.Context) ([]conform.Result, error) {
	if w.window.URL != "" {
		w.window.Inbound, w.window.Timeout = w.inbound, w.system.Timeout
		if w.department != "" {
			w.window.URL = conform.EventsURL(w.window.URL, w.department)
		}
		return w.window.Check(ctx), nil
	}
	w.system.Outbound = w.outbound
	if w.listen == "" {
		return w.system.Check(ctx), nil
	}
	w.system.Mailbox = &conform.Mailbox{Department: w.department, Inbound: w.inbound, Wait: w.wait}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", w.listen)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	server := &http.Server{Handler: w.system.Mailbox, ReadHeaderTimeout: conform.DefaultTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	results := w.system.Check(ctx)
	_ = server.Close()
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	return results, nil
}
