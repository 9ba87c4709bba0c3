package conform

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

// DefaultTimeout is the protocol's: 5 s a request.
const DefaultTimeout = 5 * time.Second

// The person whom no department knows, where nobody names another: a number with a right check digit, of somebody born in 1900.
const (
	unknownNumber = "110101190001010014"
	unknownName   = "无此人"
)

// System is a department's server that is to be checked, and what is known about it.
type System struct {
	// URL is the base address, as it stands in a connections file.
	URL string
	// Outbound are the secrets that OneWindow signs with: one, or two while one is being replaced. Both must be taken.
	Outbound []webhook.Secret
	// NationalID and Name are a person whom the department knows; zero: what needs one is skipped.
	NationalID models.NationalID
	Name       models.PersonName
	// Material is a code that the department holds for that person; empty: skipped.
	Material string
	// ProofToken proves that person at an identity authority; empty: skipped.
	ProofToken string
	// HandlesCases: the department works cases; Item and Step are what it is given.
	HandlesCases bool
	Item, Step   string
	// Mailbox is where its events come to; nil: events are not checked.
	Mailbox *Mailbox
	// Timeout is 5 s where 0.
	Timeout time.Duration
}

// session is one run: what was learned on the way.
type session struct {
	System
	partner *partner
	subject string
	number  string
}

// Check tries everything and gives a result for each check, in the order of the protocol.
func (s System) Check(ctx context.Context) []Result {
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	run := &session{System: s, number: "CONFORM-" + strings.ToUpper(string(models.NewID())[24:])}
	run.partner = newPartner(s.URL, s.Outbound[0], "application/json; charset=utf-8", s.Timeout)
	defer run.partner.client.CloseIdleConnections()
	return reachable(ctx, s.URL, slices.Concat(run.subjects(), run.proofs(), run.materials(), run.cases(), run.events(), run.onlyOnce(), run.signatures(), run.requests()))
}

func notFound(a answer) outcome     { return a.is(http.StatusNotFound, "code", "not_found") }
func unauthorized(a answer) outcome { return a.is(http.StatusUnauthorized, "", "") }

func (s *session) resolve(ctx context.Context, number models.NationalID, name string, changes ...change) answer {
	body, err := connector.EncodeResolve(connector.ResolveRequest{NationalID: number, Name: models.NewPersonName(name)})
	if err != nil {
		return answer{problem: err.Error()}
	}
	return s.partner.post(ctx, "/v1/subjects/resolve", body, changes...)
}

func nobody() models.NationalID { return models.KnownNationalID(unknownNumber) }

// known runs a check that needs the person whom the department knows.
func (s *session) known(run func(context.Context) outcome) func(context.Context) outcome {
	return func(ctx context.Context) outcome {
		if s.NationalID.IsZero() {
			return skipped("-national-id, -name")
		}
		return run(ctx)
	}
}

func (s *session) subjects() []check {
	return []check{
		{"resolve.known", "认识的人：给出主体标识和属性", "a person it knows: a subject, attributes that follow the protocol", s.known(func(ctx context.Context) outcome {
			said, ended := s.resolved(ctx)
			if said != nil {
				s.subject = said.ID
			}
			return ended
		})},
		{"resolve.same", "再问一次，主体标识不变", "asked again: the same subject", s.known(func(ctx context.Context) outcome {
			said, ended := s.resolved(ctx)
			return all(ended, verdictOf(said == nil || said.ID == s.subject, "同一标识 / the same subject", "另一标识 / another subject"))
		})},
		{"resolve.opaque", "主体标识不含身份证号", "the subject does not hold the national ID", s.known(func(context.Context) outcome {
			holds := s.subject != "" && !strings.Contains(s.subject, s.NationalID.Reveal())
			return verdictOf(holds, "不含身份证号 / without the number", "无标识或含身份证号 / no subject, or one with the number")
		})},
		{"resolve.unknown", "不认识的人", "a person it does not know", func(ctx context.Context) outcome {
			return notFound(s.resolve(ctx, nobody(), unknownName))
		}},
		{"resolve.mismatch", "号码是别人的姓名", "the number is someone else's name", s.known(func(ctx context.Context) outcome {
			return s.resolve(ctx, s.NationalID, unknownName).is(http.StatusConflict, "code", "mismatch")
		})},
	}
}

// resolved asks about the known person and reads the answer as OneWindow does.
func (s *session) resolved(ctx context.Context) (*connector.Subject, outcome) {
	came := s.resolve(ctx, s.NationalID, s.Name.Reveal())
	if ended := came.is(http.StatusOK, "", ""); ended.verdict != Pass {
		return nil, ended
	}
	said, err := connector.DecodeSubject(came.body, models.DateOf(time.Now()))
	switch {
	case err != nil:
		return nil, failed("{subject, attributes}", err.Error())
	case len(said.LeftOut) > 0:
		return nil, failed("{subject, attributes}", "读不懂 / cannot be read: "+strings.Join(said.LeftOut, ", "))
	}
	return said, passed()
}

func (s *session) proofs() []check {
	verify := func(ctx context.Context, token string) answer {
		body, err := connector.EncodeProof(connector.ProofRequest{NationalID: s.NationalID, Name: s.Name, Kind: connector.ProofFace, Token: token})
		if err != nil {
			return answer{problem: err.Error()}
		}
		return s.partner.post(ctx, "/v1/proofs/verify", body)
	}
	authority := func(run func(context.Context) outcome) func(context.Context) outcome {
		return s.known(func(ctx context.Context) outcome {
			if s.ProofToken == "" {
				return skipped("-proof-token (只对身份核验部门 / an identity authority only)")
			}
			return run(ctx)
		})
	}
	return []check{
		{"proof.good", "核验通过", "a proof that holds", authority(func(ctx context.Context) outcome {
			came := verify(ctx, s.ProofToken)
			proven := bytes.Contains(bytes.ReplaceAll(came.body, []byte(" "), nil), []byte(`"proven":true`))
			return all(came.is(http.StatusOK, "", ""), verdictOf(proven, `{"proven": true}`, "没有 / none of that"))
		})},
		{"proof.bad", "核验不通过", "a proof that does not hold", authority(func(ctx context.Context) outcome {
			return verify(ctx, s.ProofToken+"-not").is(http.StatusConflict, "code", "mismatch")
		})},
	}
}

func (s *session) fetch(ctx context.Context, subject, material string) answer {
	body, err := connector.EncodeMaterialRequest(connector.MaterialRequest{Subject: subject, Material: material, Purpose: "一致性测试 / conformance", Application: s.number})
	if err != nil {
		return answer{problem: err.Error()}
	}
	return s.partner.post(ctx, "/v1/materials/fetch", body)
}

func (s *session) materials() []check {
	return []check{
		{"fetch.known", "这个人的材料", "a material of that person", s.known(func(ctx context.Context) outcome {
			if s.Material == "" {
				return skipped("-material")
			}
			came := s.fetch(ctx, s.subject, s.Material)
			if ended := came.is(http.StatusOK, "", ""); ended.verdict != Pass {
				return ended
			}
			document, err := connector.DecodeDocument(came.body)
			if err != nil {
				return failed("{number, issuedOn, expiresOn, fields, file}", err.Error())
			}
			return verdictOf(!document.OfAnother(s.subject, s.NationalID), "这个人的 / that person's", "别人的主体标识或号码 / another's subject or number")
		})},
		{"fetch.material", "没有的材料", "a material that it does not hold", func(ctx context.Context) outcome {
			subject := s.subject
			if subject == "" {
				subject = "nobody"
			}
			return s.missing(s.fetch(ctx, subject, "no-such-material"))
		}},
		{"fetch.subject", "没有的主体标识", "a subject that it does not know", func(ctx context.Context) outcome {
			material := s.Material
			if material == "" {
				material = "id-card"
			}
			return s.missing(s.fetch(ctx, "nobody-"+s.number, material))
		}},
	}
}

// missing is 404 in JSON: a page of a web server says that the path is wrong, not that there is no such record.
func (s *session) missing(came answer) outcome {
	page := bytes.HasPrefix(bytes.TrimSpace(came.body), []byte("<"))
	return all(came.is(http.StatusNotFound, "", ""), verdictOf(!page, "404 {\"code\": \"not_found\"}", fmt.Sprint(came.status, " 网页 / a web page")))
}
