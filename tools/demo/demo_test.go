package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	_ "github.com/vektah/gqlparser/v2/validator/rules" // the rules of the specification

	"onewindow/graph/generated"
	"onewindow/models/store/storetest"
	"onewindow/server/app"
	"onewindow/server/config"
)

// serve runs a demo server of the test's own and gives its address and data folder.
func serve(t *testing.T, environment map[string]string) (url, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "var")
	settings, err := config.Load([]string{"-demo", "-data", data, "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0"}, environment)
	if err != nil {
		t.Fatal(err)
	}
	system, err := app.New(t.Context(), settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- system.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		system.Close()
	})
	return "http://" + system.Address(), data
}

// tourOn plays the tour and gives what it printed.
func tourOn(t *testing.T, url, data string) string {
	t.Helper()
	var out, failures bytes.Buffer
	if code := run([]string{"-url", url, "-data", data}, &out, &failures); code != 0 {
		t.Fatalf("the tour ended with %d: %s\n%s", code, failures.String(), out.String())
	}
	return out.String()
}

// The landmarks that a reader of the tour looks for, in this order.
var landmarks = []string{
	"验证码", "吴*明", "出生登记", "已自动填写", "出生医学证明 [缺] · 居民户口簿 [已由部门共享]", "可以提交", "受理编号", "申请已受理", "Application accepted",
	"待补正材料", "还缺材料，请补齐", "提醒：材料还没有补齐", "10 days are left", "没有新的提醒", "补正材料已交齐", "已办结", "Your result is ready", "★★★★★", "谁看过我的资料",
}

func TestTheTourIsPlayedFromSignInToTheResultAndCanBeRepeated(t *testing.T) {
	tests := map[string]struct{ clock, database string }{
		"on the moved clock": {clock: "2026-03-02T09:00:00+08:00"},
		"at real time":       {},
		"on a Friday night":  {clock: "2026-03-06T23:30:00+08:00"},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			url, data := serve(t, map[string]string{"ONEWINDOW_CLOCK": test.clock})
			told := tourOn(t, url, data)
			for _, landmark := range landmarks {
				_, rest, found := strings.Cut(told, landmark)
				if !found {
					t.Fatalf("the tour does not come to %q, or too early", landmark)
				}
				told = rest
			}
			if again := tourOn(t, url, data); !strings.Contains(again, "上次的登录仍然有效") || !strings.Contains(again, "此前已绑定") {
				t.Errorf("the second tour should go on with the session and the identity of the first:\n%s", again)
			}
		})
	}
}

func TestTheTourIsPlayedOnPostgreSQL(t *testing.T) {
	url, data := serve(t, map[string]string{"ONEWINDOW_DATABASE_URL": storetest.NewDatabase(t)})
	tourOn(t, url, data)
}

func TestWhereSomethingIsNotAsExpectedTheTourSaysSoAndEndsWithOne(t *testing.T) {
	url, _ := serve(t, nil)
	tests := map[string]struct{ url, data, says string }{
		"no server there":                  {"http://127.0.0.1:1", t.TempDir(), "connection refused"},
		"another folder than the server's": {url, t.TempDir(), "is -data the server's data folder?"},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			var out, failures bytes.Buffer
			if code := run([]string{"-url", test.url, "-data", test.data, "-wait", "1s"}, &out, &failures); code != 1 {
				t.Errorf("ended with %d instead of 1", code)
			}
			if !strings.Contains(failures.String(), test.says) {
				t.Errorf("says %q and should say %q", failures.String(), test.says)
			}
		})
	}
}

// validate checks a document against the schema.
func validate(text string) gqlerror.List {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return gqlerror.List{gqlerror.WrapIfUnwrapped(err)}
	}
	return validator.ValidateWithRules(generated.NewExecutableSchema(generated.Config{}).Schema(), document, nil)
}

func TestTheToursOperationsFitTheSchema(t *testing.T) {
	names := operationStart.FindAllStringSubmatch(operations, -1)
	if len(names) < 20 {
		t.Fatalf("found %d operations", len(names))
	}
	for _, name := range names {
		if faults := validate(operationText(name[2])); len(faults) > 0 {
			t.Errorf("%s: %v", name[2], faults)
		}
	}
}

func TestTheReadmesDocumentsFitTheSchema(t *testing.T) {
	for _, document := range documents(t) {
		if faults := validate(document); len(faults) > 0 {
			t.Errorf("%v in\n%s", faults, document)
		}
	}
}
