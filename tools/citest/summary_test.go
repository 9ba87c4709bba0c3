package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarise(t *testing.T) {
	for _, test := range []struct {
		name   string
		events string
		want   Counts
		good   bool
		output string
	}{
		{
			name: "passed, with subtests that do not count",
			events: `{"Action":"run","Package":"house/auth","Test":"TestLogin"}
{"Action":"output","Package":"house/auth","Test":"TestLogin","Output":"chatter\n"}
{"Action":"pass","Package":"house/auth","Test":"TestLogin/wrong_code"}
{"Action":"pass","Package":"house/auth","Test":"TestLogin","Elapsed":0.1}
{"Action":"pass","Package":"house/auth","Elapsed":1.25}
`,
			want: Counts{Passed: 1}, good: true,
			output: "ok    house/auth  1.2s\n",
		},
		{
			name: "a failed test is shown in full, with its subtests",
			events: `{"Action":"output","Package":"house/auth","Test":"TestLogin","Output":"=== RUN TestLogin\n"}
{"Action":"output","Package":"house/auth","Test":"TestLogin/wrong","Output":"    got 1, want 2\n"}
{"Action":"fail","Package":"house/auth","Test":"TestLogin/wrong"}
{"Action":"fail","Package":"house/auth","Test":"TestLogin"}
{"Action":"pass","Package":"house/auth","Test":"TestLogout"}
{"Action":"skip","Package":"house/auth","Test":"TestFace"}
{"Action":"output","Package":"house/auth","Output":"FAIL\n"}
{"Action":"fail","Package":"house/auth","Elapsed":0.5}
`,
			want:   Counts{Passed: 1, Failed: 1, Skipped: 1},
			output: "=== RUN TestLogin\n    got 1, want 2\nskipped: house/auth TestFace\nFAIL\nFAIL  house/auth  0.5s\n",
		},
		{
			name: "a package that does not build",
			events: `{"ImportPath":"house/auth","Action":"build-output","Output":"auth/login.go:1:1: expected 'package'\n"}
{"ImportPath":"house/auth","Action":"build-fail"}
{"Action":"output","Package":"house/auth","Output":"FAIL house/auth [build failed]\n"}
{"Action":"fail","Package":"house/auth","Elapsed":0,"FailedBuild":"house/auth"}
{"Action":"pass","Package":"house/graph","Test":"TestDoor"}
`,
			want:   Counts{Passed: 1, BrokenPackages: 1},
			output: "auth/login.go:1:1: expected 'package'\nFAIL house/auth [build failed]\nFAIL  house/auth  0.0s\n",
		},
		{
			name:   "words that are no event are passed on, and no test at all is no success",
			events: "go: cannot find main module\n",
			output: "go: cannot find main module\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := Summarise(strings.NewReader(test.events), &out)
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Errorf("counts (-want +got):\n%s", difference)
			}
			if difference := cmp.Diff(test.output, out.String()); difference != "" {
				t.Errorf("output (-want +got):\n%s", difference)
			}
			if got.Good() != test.good {
				t.Errorf("good: %v", got.Good())
			}
		})
	}
}
