package auth

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// WeChat is how WeChat is asked. Its refusals that mean something to a person are the three errors below.
type WeChat struct {
	// OpenID gives the account that signed in with a code of wx.login, Phone the number for a code of the phone button.
	OpenID func(ctx context.Context, code string) (models.OpenID, error)
	Phone  func(ctx context.Context, code string) (models.PhoneNumber, error)
}

// What WeChat says of a code or of whom it came from.
var (
	ErrWeChatCode     = errors.New("WeChat does not know the code (any more)")
	ErrWeChatTooOften = errors.New("WeChat: too often")
	ErrWeChatRisk     = errors.New("WeChat does not trust the account")
)

// longestWeChatCode bounds a code, in bytes.
const longestWeChatCode = 200

const purposeOpenID = "auth.open-id"

// LoginWithWeChat signs a resident in from the mini-program. With a phone code it is the account of that phone, and the WeChat
// account is linked to it; without one it is the account that the WeChat account was linked to before. A phone that WeChat
// knows may be somebody else's: who the person is has to be proven as with every other way of signing in.
func (s *Service) LoginWithWeChat(ctx context.Context, actor models.Actor, code, phoneCode string, device *DeviceInput) (*Session, *resident.Resident, []*models.Problem, error) {
	if s.weChat == nil {
		return nil, nil, nil, models.Unavailable(models.T("微信登录尚未开通，请用手机验证码登录", "Signing in with WeChat is not open yet; please use a code sent to your phone"))
	}
	if problems := checkDevice(device, "device."); len(problems) > 0 {
		return nil, nil, problems, nil
	}
	for field, text := range map[string]string{"code": code, "phoneCode": phoneCode} {
		if len(text) > longestWeChatCode || text != "" && !isPrintable(text) || field == "code" && text == "" {
			return nil, nil, weChatCodeProblem(field), nil
		}
	}
	if err := s.takeAddress(ctx, "", actor.Address, s.clock.Now()); err != nil {
		return nil, nil, nil, err
	}
	openID, err := s.weChat.OpenID(ctx, code)
	if err != nil {
		return s.weChatFailed("code", err)
	}
	var phone models.PhoneNumber
	if phoneCode != "" {
		if phone, err = s.weChat.Phone(ctx, phoneCode); err != nil {
			return s.weChatFailed("phoneCode", err)
		}
	}
	return s.signInWithWeChat(ctx, openID, phone, device)
}

// errNotLinked says that a WeChat account came without a phone and is linked to nobody.
var errNotLinked = errors.New("this WeChat account is linked to nobody")

func (s *Service) signInWithWeChat(ctx context.Context, openID models.OpenID, phone models.PhoneNumber, device *DeviceInput) (*Session, *resident.Resident, []*models.Problem, error) {
	session, person, err := s.signIn(ctx, device, func(tx *store.Tx) (*resident.Resident, error) {
		generation, err := tx.IndexGeneration()
		if err != nil {
			return nil, err
		}
		indexes, err := s.keyring.Indexes(generation, purposeOpenID, openID.Reveal())
		if err != nil {
			return nil, err
		}
		if phone.IsZero() {
			owner, err := openIDOwner(tx, indexes)
			if err == nil && owner == "" {
				err = errNotLinked
			}
			if err != nil {
				return nil, err
			}
			return s.residents.ByIDIn(tx, owner)
		}
		person, _, err := s.residents.SignInByPhone(ctx, tx, phone)
		if err != nil {
			return nil, err
		}
		return person, linkOpenID(tx, indexes, &openIDRow{
			OpenIDIndex: indexes[0], OpenID: s.keyring.SealText(purposeOpenID, openID.Reveal()), ResidentID: person.ID, LinkedAt: tx.Now,
		})
	})
	if errors.Is(err, errNotLinked) {
		return nil, nil, []*models.Problem{models.NewProblem("REQUIRED", "phoneCode", models.T(
			"第一次用微信登录，请同意使用您的手机号", "This is your first sign-in with WeChat: please agree to use your phone number"))}, nil
	}
	return session, person, nil, err
}

// weChatFailed says what a person can mend, or that WeChat cannot be asked now.
func (*Service) weChatFailed(field string, err error) (*Session, *resident.Resident, []*models.Problem, error) {
	switch {
	case errors.Is(err, ErrWeChatCode):
		return nil, nil, weChatCodeProblem(field), nil
	case errors.Is(err, ErrWeChatTooOften):
		return nil, nil, []*models.Problem{models.NewProblem("TOO_SOON", field, models.T(
			"登录太频繁，请一分钟后再试", "You have signed in very often, please try again in a minute"))}, nil
	case errors.Is(err, ErrWeChatRisk):
		return nil, nil, []*models.Problem{models.NewProblem("NOT_ALLOWED", field, models.T(
			"微信暂时不允许这个账号登录，请改用手机验证码登录", "WeChat does not let this account sign in for now, please use a code sent to your phone"))}, nil
	}
	return nil, nil, nil, fmt.Errorf("%w: %w", models.Unavailable(models.T(
		"微信暂时没有回应，请稍后再试，或用手机验证码登录", "WeChat does not answer at the moment, please try again later or use a code sent to your phone")), err)
}

// weChatCodeProblem is one wording for a code that is wrong, used or too old.
func weChatCodeProblem(field string) []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", field, models.T(
		"微信授权已失效，请重新点一次登录", "WeChat's permission is no longer valid, please tap to sign in once more"))}
}

// OpenIDs gives the WeChat accounts of residents: of several the one that was linked last.
func (s *Service) OpenIDs(ctx context.Context, residentIDs []models.ID) (map[models.ID]models.OpenID, error) {
	rows, err := selectOpenIDs(s.store.Reader(ctx), residentIDs)
	if err != nil {
		return nil, fmt.Errorf("WeChat accounts: %w", err)
	}
	accounts := make(map[models.ID]models.OpenID, len(rows))
	for _, row := range rows {
		openID, err := s.keyring.OpenText(purposeOpenID, row.OpenID)
		if err != nil {
			return nil, fmt.Errorf("WeChat accounts: %w", err)
		}
		accounts[row.ResidentID] = models.KnownOpenID(openID)
	}
	return accounts, nil
}
