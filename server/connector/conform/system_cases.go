package conform

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"onewindow/models"
	"onewindow/server/connector"
)

// Sizes that a department has to live with.
const (
	largeForm   = 256 << 10
	hugeRequest = 16 << 20
	atOnce      = 16
)

// given runs a check that needs a department that handles cases.
func (s *session) given(run func(context.Context) outcome) func(context.Context) outcome {
	return func(ctx context.Context) outcome {
		if !s.HandlesCases {
			return skipped("-cases (只对自行办理的部门 / a department that handles cases only)")
		}
		return run(ctx)
	}
}

func (s *session) open(ctx context.Context, number string, form map[string]string) answer {
	due, day := time.Now().Add(72*time.Hour), models.DateOf(time.Now())
	subject := s.subject
	if subject == "" {
		subject = "conformance"
	}
	body, err := connector.EncodeCase(connector.Case{
		Number: number, Step: s.Step, ItemCode: s.Item, ItemVersion: 1, Subject: subject, Form: form, DueAt: &due, Priority: "normal",
		Materials: []connector.CaseMaterial{{Code: "id-card", Number: "TEST-0001", IssuedOn: &day}},
	})
	if err != nil {
		return answer{problem: err.Error()}
	}
	return s.partner.post(ctx, "/v1/cases", body)
}

func (s *session) withdraw(ctx context.Context, number string) answer {
	return s.partner.post(ctx, "/v1/cases/"+number+"/steps/"+s.Step+"/withdraw", []byte(`{"reason":"WITHDRAWN"}`))
}

func accepted(a answer) outcome { return a.is(http.StatusAccepted, "", "") }

func (s *session) cases() []check {
	second, large, early := s.number+"-B", s.number+"-C", s.number+earlyCase
	return []check{
		{"case.open", "收到一件", "a case", s.given(func(ctx context.Context) outcome {
			return accepted(s.open(ctx, s.number, map[string]string{"reason": "一致性测试"}))
		})},
		{"case.again", "同一件同一环节再来一次", "the same number and step again", s.given(func(ctx context.Context) outcome {
			return accepted(s.open(ctx, s.number, map[string]string{"reason": "一致性测试"}))
		})},
		{"case.large", "表单有 256 KB 的一件", "a case with a form of 256 KB", s.given(func(ctx context.Context) outcome {
			return accepted(s.open(ctx, large, map[string]string{"statement": pad(largeForm)}))
		})},
		{"withdraw.open", "撤回一件", "a case is withdrawn", s.given(func(ctx context.Context) outcome {
			return all(accepted(s.open(ctx, second, nil)), accepted(s.withdraw(ctx, second)), accepted(s.withdraw(ctx, large)))
		})},
		{"withdraw.again", "再撤回一次", "withdrawn again", s.given(func(ctx context.Context) outcome {
			return accepted(s.withdraw(ctx, second))
		})},
		{"withdraw.early", "撤回先于交办件到达，交办件随后才到", "a withdrawal that comes before its case, and the case after it", s.given(func(ctx context.Context) outcome {
			return all(accepted(s.withdraw(ctx, early)), accepted(s.open(ctx, early, nil)))
		})},
	}
}

// earlyCase ends the number of the case that is withdrawn before it comes.
const earlyCase = "-D"

func (s *session) signatures() []check {
	body, err := connector.EncodeResolve(connector.ResolveRequest{NationalID: nobody(), Name: models.NewPersonName(unknownName)})
	if err != nil {
		return nil // two texts always encode
	}
	send := func(ctx context.Context, body []byte, changes ...change) answer {
		return s.partner.post(ctx, "/v1/subjects/resolve", body, changes...)
	}
	checks := signatureChecks(s.Outbound[0], body, send, notFound, unauthorized)
	return append(checks, check{"signature.overlap", "更换密钥时，新旧两个都有效", "two secrets are valid while one is being replaced", func(ctx context.Context) outcome {
		if len(s.Outbound) < 2 {
			return skipped("第二个 -outbound-secret / a second -outbound-secret")
		}
		return all(notFound(send(ctx, body, signedWith(time.Now(), body, s.Outbound[0]))), notFound(send(ctx, body, signedWith(time.Now(), body, s.Outbound[1]))))
	}})
}

// requests are those that are no good, and many at once.
func (s *session) requests() []check {
	post := func(body []byte, changes ...change) func(context.Context) outcome {
		return func(ctx context.Context) outcome {
			return s.partner.post(ctx, "/v1/subjects/resolve", body, changes...).refuses()
		}
	}
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(`{"nationalId":"` + unknownNumber + `","name":"` + unknownName + `"}`))
	return []check{
		{"request.path", "没有的路径", "a path that does not exist", func(ctx context.Context) outcome {
			return s.partner.post(ctx, "/v1/conformance/no-such-path", []byte("{}")).is(http.StatusNotFound, "", "")
		}},
		{"request.method", "用 GET 访问", "a GET", func(ctx context.Context) outcome {
			return s.partner.post(ctx, "/v1/subjects/resolve", nil, func(r *http.Request) { r.Method = http.MethodGet }).refuses()
		}},
		{"request.json", "不是 JSON", "no JSON", post([]byte("nationalId=1"))},
		{"request.cut", "JSON 不完整", "half of a JSON", post([]byte(`{"nationalId":"` + unknownNumber))},
		{"request.encoding", "GBK 编码", "GBK", post(gbk)},
		{"request.deep", "嵌套十万层", "a hundred thousand levels deep", post(bytes.Repeat([]byte("["), 100_000))},
		{"request.type", "application/json 不带 charset", "application/json without a charset", func(ctx context.Context) outcome {
			return notFound(s.resolve(ctx, nobody(), unknownName, header("Content-Type", "application/json")))
		}},
		{"request.huge", "16 MiB 的请求得到应答，服务继续可用", "16 MiB are answered, and the server goes on", s.huge},
		{"request.many", "16 个请求同时到来", "16 requests at the same time", s.many},
	}
}

// huge looks only at whether the server lives on: it may answer, or close the connection while it is still being sent to.
func (s *session) huge(ctx context.Context) outcome {
	came := s.partner.post(ctx, "/v1/subjects/resolve", []byte(`{"nationalId":"`+unknownNumber+`","name":"`+pad(hugeRequest)+`"}`))
	return all(verdictOf(came.status < 500 && came.took < s.Timeout, "4xx", came.describe()), notFound(s.resolve(ctx, nobody(), unknownName)))
}

func (s *session) many(ctx context.Context) outcome {
	answers := make([]answer, atOnce)
	var running sync.WaitGroup
	for index := range answers {
		running.Go(func() { answers[index] = s.resolve(ctx, nobody(), unknownName) })
	}
	running.Wait()
	for index, came := range answers {
		if ended := notFound(came); ended.verdict != Pass {
			ended.got = fmt.Sprintf("%s (%d/%d)", ended.got, index+1, atOnce)
			return ended
		}
	}
	return passed()
}
