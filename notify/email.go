package notify

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/store"
)

// The limits of confirming an email address.
const (
	emailCodeLife    = 10 * time.Minute
	emailCodeEvery   = time.Minute
	emailCodesADay   = 5
	triesAnEmailCode = 5
)

// What is sealed of an email address and its code.
const (
	purposeEmail = "notify.email"
	purposeCode  = "notify.email.code"
)

// EmailCodeArgs is the job that sends the code which confirms an email address.
type EmailCodeArgs struct {
	ResidentID models.ID `json:"residentId"`
}

// Kind names the job.
func (EmailCodeArgs) Kind() string { return "notify.email-code" }

// InsertOpts bounds the attempts: a code is worthless minutes later.
func (EmailCodeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 4, Queue: Email.Queue()}
}

// SetEmail sends a code to a new email address, which takes the place of the old one once the code comes back. An empty
// address takes the old one away.
func (s *Service) SetEmail(ctx context.Context, actor models.Actor, text string) (*Settings, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotSignedIn()
	}
	var email models.EmailAddress
	if text != "" {
		var err error
		if email, err = models.ParseEmail(text); err != nil {
			return nil, []*models.Problem{models.NewProblem("FORMAT", "email", models.T( //nolint:nilerr // a problem: what the person can mend
				"邮箱格式有误，请写成 name@example.cn 这样的形式", "The email address is not valid, please write it like name@example.cn"))}, nil
		}
	}
	var problems []*models.Problem
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		problems = nil
		row, err := lockEmail(tx, actor.ID)
		if err != nil {
			return err
		}
		if email.IsZero() {
			row.Email, row.VerifiedAt, row.Pending, row.Code = nil, nil, nil, nil
			return saveEmail(tx, row)
		}
		if problem := row.mayAsk(tx.Now); problem != nil {
			problems = []*models.Problem{problem}
			return nil
		}
		if row.CodeSentAt == nil || models.DateOf(*row.CodeSentAt) != models.DateOf(tx.Now) {
			row.CodesToday = 0
		}
		now := tx.Now
		row.Pending, row.Code = s.keyring.SealText(purposeEmail, email.Reveal()), s.keyring.SealText(purposeCode, sixDigits())
		row.CodeSentAt, row.CodesToday, row.Tries = &now, row.CodesToday+1, 0
		if err := saveEmail(tx, row); err != nil {
			return err
		}
		return tx.Enqueue(EmailCodeArgs{actor.ID}, nil)
	})
	return s.afterEmail(ctx, actor, problems, err)
}

// mayAsk tells whether another code may be sent now; nil: yes.
func (r *emailRow) mayAsk(now time.Time) *models.Problem {
	if r.CodeSentAt == nil {
		return nil
	}
	if now.Before(r.CodeSentAt.Add(emailCodeEvery)) {
		return models.NewProblem("TOO_SOON", "email", models.T(
			"验证码刚刚发送过，请一分钟后再试", "A code was sent a moment ago, please try again in a minute"))
	}
	if models.DateOf(*r.CodeSentAt) == models.DateOf(now) && r.CodesToday >= emailCodesADay {
		return models.NewProblem("TOO_MANY", "email", models.T(
			"今天发送的验证码已达上限，请明天再试", "No more codes can be sent today, please try again tomorrow"))
	}
	return nil
}

// VerifyEmail confirms the new address with the code that was sent to it.
func (s *Service) VerifyEmail(ctx context.Context, actor models.Actor, code string) (*Settings, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotSignedIn()
	}
	code = models.Halfwidth(code)
	var problems []*models.Problem
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		problems = []*models.Problem{models.NewProblem("MISMATCH", "code", models.T(
			"验证码不正确或已失效，请核对或重新获取", "The code is wrong or no longer valid, please check it or ask for a new one"))}
		row, err := lockEmail(tx, actor.ID)
		if err != nil {
			return err
		}
		sent, err := s.keyring.OpenText(purposeCode, row.Code)
		if err != nil || sent == "" || row.Tries >= triesAnEmailCode || !tx.Now.Before(row.CodeSentAt.Add(emailCodeLife)) {
			return err
		}
		row.Tries++
		if subtle.ConstantTimeCompare([]byte(sent), []byte(code)) == 1 {
			now := tx.Now
			row.Email, row.VerifiedAt, row.Pending, row.Code, problems = row.Pending, &now, nil, nil, nil
			if err := deleteBadAddresses(tx, actor.ID, Email); err != nil {
				return err
			}
		}
		return saveEmail(tx, row)
	})
	return s.afterEmail(ctx, actor, problems, err)
}

func (s *Service) afterEmail(ctx context.Context, actor models.Actor, problems []*models.Problem, err error) (*Settings, []*models.Problem, error) {
	if err != nil {
		return nil, nil, fmt.Errorf("email address: %w", err)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	settings, err := s.Settings(ctx, actor)
	return settings, nil, err
}

// SendEmailCode sends the code of a pending address. A code that has been used or replaced is not sent.
func (s *Service) SendEmailCode(ctx context.Context, args EmailCodeArgs) error {
	reader := s.store.Reader(ctx)
	row, err := selectEmail(reader, args.ResidentID)
	if err != nil || row == nil || len(row.Code) == 0 {
		return err
	}
	to, err := s.keyring.OpenText(purposeEmail, row.Pending)
	if err != nil {
		return err
	}
	code, err := s.keyring.OpenText(purposeCode, row.Code)
	if err != nil {
		return err
	}
	now := s.store.Clock().Now()
	expires := row.CodeSentAt.Add(emailCodeLife)
	if !now.Before(expires) {
		return nil
	}
	chosen, err := s.preferences(reader, []models.ID{args.ResidentID})
	if err != nil {
		return err
	}
	said, _ := templateOf(EmailCode, 0)
	envelope, err := envelopeOf(said, Params{Code: code}, chosen[args.ResidentID].Locale)
	if err != nil {
		return err
	}
	envelope.ID, envelope.At, envelope.To, envelope.ExpiresAt = string(models.NewID()), now, to, expires
	envelope.Data = map[string]string{"code": code}
	if outcome := s.ask(ctx, s.provider(Email), envelope); !outcome.Verdict.final() {
		return fmt.Errorf("email code: %s %s", outcome.Verdict, outcome.Code)
	}
	return nil
}

// verifiedEmails gives the addresses that their owners have confirmed.
func (s *Service) verifiedEmails(ctx context.Context, ids []models.ID) (map[models.ID]models.EmailAddress, error) {
	rows, err := selectEmails(s.store.Reader(ctx), ids)
	if err != nil {
		return nil, err
	}
	emails := make(map[models.ID]models.EmailAddress, len(rows))
	for _, row := range rows {
		address, err := s.keyring.OpenText(purposeEmail, row.Email)
		if err != nil {
			return nil, err
		}
		emails[row.ResidentID] = models.KnownEmail(address)
	}
	return emails, nil
}

func sixDigits() string {
	number, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("notify: no random numbers: " + err.Error()) //nolint:forbidigo // crypto/rand never fails since Go 1.24
	}
	return fmt.Sprintf("%06d", number)
}
