package delegation

import (
	"cmp"
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// SecondContact is the phone that a person has told beside their own of what volunteers hand in.
type SecondContact struct {
	// Phone is masked; nil: there is none.
	Phone *string
	// Locale is the language in which the contact is told; nil where there is none.
	Locale *string
	// CodeSentTo is where the code went that has to come back before anything changes; nil where none is wanted.
	CodeSentTo    *string
	CodeExpiresAt *time.Time
}

// SecondContact gives a person's.
func (s *Service) SecondContact(ctx context.Context, person models.ID) (*SecondContact, error) {
	named, err := s.contact(s.Store.Reader(ctx), person)
	if err != nil {
		return nil, wrap("second contact", err)
	}
	return shownContact(named), nil
}

// contact is a phone and the language of whoever reads it; the zero phone: none.
type contact struct {
	phone  models.PhoneNumber
	locale models.Locale
}

func shownContact(named contact) *SecondContact {
	if named.phone.IsZero() {
		return &SecondContact{}
	}
	masked, locale := named.phone.Masked(), string(named.locale)
	return &SecondContact{Phone: &masked, Locale: &locale}
}

// ContactInput names a second contact, or none (phone ""). Locale "" is Chinese.
type ContactInput struct {
	Phone  string
	Locale string
	// Code is what came back from the caller's own phone.
	Code string
}

// read gives the contact that is wanted, or what does not fit.
func (i ContactInput) read() (wanted contact, problems []*models.Problem) {
	wanted.locale = models.Locale(cmp.Or(i.Locale, string(models.Chinese)))
	if wanted.locale != models.Chinese && wanted.locale != models.English {
		problems = append(problems, models.NewProblem("UNKNOWN_CHOICE", "locale",
			models.T("语言只能选 zh（中文）或 en（英文）", "The language must be zh (Chinese) or en (English)")))
	}
	if i.Phone == "" {
		return wanted, problems
	}
	var err error
	if wanted.phone, err = models.ParsePhone(i.Phone); err != nil {
		problems = append(problems, phoneFormat("phone"))
	}
	return wanted, problems
}

// SetSecondContact names the caller's second contact, or none. Without a code one is sent to the caller's own phone,
// which says what is about to change; with it the change is made.
func (s *Service) SetSecondContact(ctx context.Context, actor models.Actor, input ContactInput) (*SecondContact, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	wanted, problems := input.read()
	if len(problems) > 0 {
		return nil, problems, nil
	}
	person, err := s.Residents.ByID(ctx, actor.ID)
	if err != nil {
		return nil, nil, wrap("second contact", err)
	}
	if !person.Bound() {
		return nil, identityRequired(), nil
	}
	if wanted.phone == person.Phone {
		return nil, []*models.Problem{models.NewProblem("MISMATCH", "phone", models.T("第二联系人须是别人的手机号", "The second contact must be somebody else's phone"))}, nil
	}
	matter := s.Keyring.Index(purposeContact, wanted.phone.Reveal())
	if input.Code == "" {
		sent, problems, err := s.Codes.Contact(ctx, actor, person.Phone, matter, contactWords(wanted.phone))
		if err != nil || len(problems) > 0 {
			return nil, problems, wrap("second contact", err)
		}
		now, err := s.SecondContact(ctx, actor.ID)
		if err != nil {
			return nil, nil, err
		}
		now.CodeSentTo, now.CodeExpiresAt = sent.SentTo, sent.ExpiresAt
		return now, nil, nil
	}
	right, err := s.Codes.ContactProven(ctx, person.Phone, matter, input.Code)
	if err != nil {
		return nil, nil, wrap("second contact", err)
	}
	if !right {
		return nil, codeMismatch(), nil
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		problems, err = s.saveContact(ctx, tx, actor.ID, wanted)
		return err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, wrap("second contact", err)
	}
	return shownContact(wanted), nil, nil
}

// saveContact: who helps a person as a volunteer does not watch over that help.
func (s *Service) saveContact(ctx context.Context, tx *store.Tx, person models.ID, named contact) ([]*models.Problem, error) {
	if named.phone.IsZero() {
		if err := deleteContact(tx, person); err != nil {
			return nil, err
		}
		return nil, s.Tell(ctx, tx, person, News{Notice: NoticeContactChanged, About: contactWords(named.phone)})
	}
	owner, err := s.Residents.ByPhoneIn(tx, named.phone)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		between, err := s.between(tx.DB, owner.ID, person)
		if err != nil {
			return nil, err
		}
		if Standing(between).anyHelp() || owner.ID == person {
			return []*models.Problem{models.NewProblem("MISMATCH", "phone", models.T(
				"您自己和正在帮您的志愿者不能作为第二联系人", "Neither you nor a volunteer who helps you can be your second contact"))}, nil
		}
	}
	if err := s.upsertContact(tx, person, named); err != nil {
		return nil, err
	}
	return nil, s.Tell(ctx, tx, person, News{Notice: NoticeContactChanged, About: contactWords(named.phone)})
}

// contactWords say what the second contact becomes.
func contactWords(phone models.PhoneNumber) models.Text {
	if phone.IsZero() {
		return models.T("取消第二联系人", "no second contact any more")
	}
	return models.T("第二联系人改为 "+phone.Masked(), "the second contact becomes "+phone.Masked())
}
