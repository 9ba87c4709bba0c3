package conform

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"onewindow/models"
)

// Verdict is how a check ended.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "PASS"
	Fail Verdict = "FAIL"
	Skip Verdict = "SKIP"
)

// Result is one check and how it ended. Expected and Got say nothing of any person.
type Result struct {
	// Name is short and stays the same, e.g. "resolve.unknown"; Title says it in words.
	Name    string
	Title   models.Text
	Verdict Verdict
	// Expected and Got are statuses and codes; of a skipped check Got says what is missing.
	Expected, Got string
}

// String is the line that is printed: PASS/FAIL name title — expected … got ….
func (r Result) String() string {
	line := fmt.Sprintf("%s %s  %s / %s", r.Verdict, r.Name, r.Title.In(models.Chinese), r.Title.In(models.English))
	switch r.Verdict {
	case Fail:
		line += fmt.Sprintf(" — 应为 / expected %s，实为 / got %s", r.Expected, r.Got)
	case Skip:
		line += " — 需要 / needs " + r.Got
	}
	return line
}

// Write prints the results and a sum; it tells whether nothing failed.
func Write(out io.Writer, results []Result) bool {
	count := map[Verdict]int{}
	for _, result := range results {
		count[result.Verdict]++
		_, _ = fmt.Fprintln(out, result)
	}
	_, _ = fmt.Fprintf(out, "%d 通过 / passed, %d 失败 / failed, %d 跳过 / skipped\n", count[Pass], count[Fail], count[Skip])
	return count[Fail] == 0
}

// check is one thing to try.
type check struct {
	name, chinese, english string
	run                    func(ctx context.Context) outcome
}

// outcome is what came of it.
type outcome struct {
	verdict       Verdict
	expected, got string
}

func passed() outcome { return outcome{verdict: Pass} }
func failed(expected, got string) outcome {
	return outcome{verdict: Fail, expected: expected, got: got}
}
func skipped(missing string) outcome { return outcome{verdict: Skip, got: missing} }

// verdictOf passes what holds.
func verdictOf(holds bool, expected, got string) outcome {
	if holds {
		return passed()
	}
	return failed(expected, got)
}

// reachable runs the checks of whatever answers at an address; where nobody does, that alone is said, once.
func reachable(ctx context.Context, address string, checks []check) []Result {
	ended := reach(ctx, address)
	first := Result{
		Name: "reach", Title: models.T("连得上", "somebody listens at the address"), Verdict: ended.verdict, Expected: ended.expected, Got: ended.got,
	}
	if ended.verdict != Pass {
		return []Result{first}
	}
	return append([]Result{first}, runAll(ctx, checks)...)
}

func reach(ctx context.Context, address string) outcome {
	const expected = "连接 / a connection"
	at, err := url.Parse(address)
	if err != nil || at.Host == "" {
		return failed(expected, "地址不对 / no URL of a server")
	}
	port := at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[at.Scheme]
	}
	connection, err := (&net.Dialer{Timeout: DefaultTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	if err != nil {
		return failed(expected, "连不上，其余未检查 / none; nothing else was checked")
	}
	_ = connection.Close()
	return passed()
}

// runAll tries one check after the other; once the context has ended nothing more is tried.
func runAll(ctx context.Context, checks []check) []Result {
	results := make([]Result, 0, len(checks))
	for _, one := range checks {
		if ctx.Err() != nil {
			break
		}
		ended := one.run(ctx)
		results = append(results, Result{
			Name: one.name, Title: models.T(one.chinese, one.english), Verdict: ended.verdict, Expected: ended.expected, Got: ended.got,
		})
	}
	return results
}

// all is the first outcome that did not pass.
func all(outcomes ...outcome) outcome {
	for _, one := range outcomes {
		if one.verdict != Pass {
			return one
		}
	}
	return passed()
}

// pad makes a text of so many bytes.
func pad(bytes int) string { return strings.Repeat("x", bytes) }
