package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"onewindow/models"
	"onewindow/models/store"
)

// StaffMember is a person who works here. Read it, never change it: it is shared.
type StaffMember struct {
	ID             models.ID
	Username       string
	DisplayName    string
	DepartmentCode string
	Roles          []models.Role
	// CityReach: not bound to the own department.
	CityReach bool
	Active    bool
}

// StaffSeed is an account that is made at the start, if it is not there yet.
type StaffSeed struct {
	Username       string
	DisplayName    string
	DepartmentCode string
	Roles          []models.Role
	CityReach      bool
	Password       string
}

// member is the account that a seed asks for.
func (seed StaffSeed) member(id models.ID) *StaffMember {
	return &StaffMember{
		ID: id, Username: normalUsername(seed.Username), DisplayName: seed.DisplayName, DepartmentCode: seed.DepartmentCode,
		Roles: seed.Roles, CityReach: seed.CityReach, Active: true,
	}
}

const (
	longestUsername = 64
	purposeTOTP     = "auth.totp"
	totpStep        = 30 * time.Second
	totpStepsAround = 1
	otpRequired     = "OTP_REQUIRED"
)

func normalUsername(username string) string { return strings.ToLower(strings.TrimSpace(username)) }

// passwordMismatch is one wording for a wrong password, an unknown username and an account that is closed.
func passwordMismatch() []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", "password", models.T("用户名或密码不正确", "The username or the password is wrong"))}
}

// StaffSignIn signs a staff member in: by password, and by the authenticator's code where one is enrolled. Tries are
// counted before they are judged.
func (s *Service) StaffSignIn(ctx context.Context, _ models.Actor, username, password, otp string) (*Session, *StaffMember, []*models.Problem, error) {
	username = normalUsername(username)
	if username == "" || len(username) > longestUsername {
		return nil, nil, passwordMismatch(), nil
	}
	now, key := s.clock.Now(), s.codes.usernameKey(username)
	verdict, err := s.codes.take(ctx, key, now, time.Hour, s.codes.limits.WrongPasswordsAnHour, 0)
	if err != nil {
		return nil, nil, nil, redisUnavailable(err)
	}
	if !verdict.allowed {
		return nil, nil, nil, models.RateLimited(secondsUntil(verdict.next, now))
	}
	account, problems, err := s.authenticate(ctx, username, password, otp, now)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(problems) == 0 || problems[0].Code == otpRequired { // the password was right: no wrong try
		if err := s.codes.giveBack(ctx, key); err != nil {
			return nil, nil, nil, redisUnavailable(err)
		}
	}
	if len(problems) > 0 {
		return nil, nil, problems, nil
	}
	session, member, err := s.openStaffSession(ctx, account)
	return session, member, nil, err
}

func (s *Service) openStaffSession(ctx context.Context, account *staffRow) (session *Session, member *StaffMember, err error) {
	err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
		session, err = s.openSession(tx, account.ID, kindStaff, "", staffRefreshLife)
		return err
	})
	if err == nil && s.live.member(account.ID) == nil { // an account that another replica made a moment ago
		err = s.poll(ctx)
	}
	if err == nil {
		member, err = account.member()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("staff sign-in: %w", err)
	}
	return session, member, nil
}

func (s *Service) authenticate(ctx context.Context, username, password, otp string, now time.Time) (*staffRow, []*models.Problem, error) {
	account, err := staffByUsername(s.store.Reader(ctx), username)
	if err != nil {
		return nil, nil, fmt.Errorf("staff sign-in: %w", err)
	}
	hash := ""
	if account != nil {
		hash = account.PasswordHash
	}
	matches, err := s.passwords.matches(ctx, password, hash)
	if err != nil {
		return nil, nil, err
	}
	if !matches || !account.Active {
		return nil, passwordMismatch(), nil
	}
	problems, err := s.checkTOTP(ctx, account, strings.TrimSpace(otp), now)
	return account, problems, err
}

// checkTOTP takes the authenticator's code (RFC 6238) where one is enrolled. A code is not taken twice.
func (s *Service) checkTOTP(ctx context.Context, account *staffRow, code string, now time.Time) ([]*models.Problem, error) {
	if account.TOTPSecret == nil {
		return nil, nil
	}
	if code == "" {
		return []*models.Problem{models.NewProblem(otpRequired, "otp", models.T("请输入动态口令", "Please give the code of your authenticator"))}, nil
	}
	wrong := []*models.Problem{models.NewProblem("MISMATCH", "otp", models.T("动态口令不正确或已使用", "The authenticator's code is wrong or was used already"))}
	secret, err := s.keyring.OpenText(purposeTOTP, account.TOTPSecret)
	if err != nil {
		return nil, err
	}
	step, fits, err := totpStepOf(secret, code, now)
	if err != nil || !fits {
		return wrong, err
	}
	taken := false
	err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
		taken, err = takeTOTPStep(tx, account.ID, step)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("staff sign-in: %w", err)
	}
	if !taken {
		return wrong, nil
	}
	return nil, nil
}

// totpStepOf finds the step of time that a code belongs to, one around the present one at most.
func totpStepOf(secret, code string, now time.Time) (step int64, fits bool, err error) {
	present := now.Unix() / int64(totpStep/time.Second)
	for step := present - totpStepsAround; step <= present+totpStepsAround; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) // #nosec G115 -- time is positive
		if err != nil {
			return 0, false, errors.New("the authenticator's secret cannot be read")
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true, nil
		}
	}
	return 0, false, nil
}

// EnrolTOTP gives a staff member an authenticator: its secret in base32; "" takes it away.
func (s *Service) EnrolTOTP(ctx context.Context, id models.ID, secret string) error {
	if _, _, err := totpStepOf(secret, "", s.clock.Now()); secret != "" && err != nil {
		return err
	}
	err := s.store.InTx(ctx, func(tx *store.Tx) error { return setTOTP(tx, id, s.keyring.SealText(purposeTOTP, secret)) })
	if err != nil {
		return fmt.Errorf("enrol authenticator: %w", err)
	}
	return nil
}

// SaveStaff changes what a staff member is and may do; it is effective everywhere within a second.
func (s *Service) SaveStaff(ctx context.Context, member StaffMember) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := updateStaff(tx, &member); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.live.setStaff(&member) })
		return nil
	})
	if err != nil {
		return fmt.Errorf("save staff: %w", err)
	}
	return nil
}

// InstallStaff makes the accounts that are not there yet and brings names, departments and roles of the others up to
// date; passwords are not changed. The same password is hashed once for all new accounts, so that a demo starts at once.
func (s *Service) InstallStaff(ctx context.Context, seeds []StaffSeed) error {
	known, err := staffSince(s.store.Reader(ctx), -1)
	if err != nil {
		return fmt.Errorf("install staff: %w", err)
	}
	byName := map[string]*StaffMember{}
	for _, member := range known {
		byName[member.Username] = member
	}
	hashes := map[string]string{}
	var added, changed []StaffSeed
	for _, seed := range seeds {
		switch there := byName[normalUsername(seed.Username)]; {
		case there == nil:
			added = append(added, seed)
			if hashes[seed.Password] != "" {
				continue
			}
			if hashes[seed.Password], err = s.passwords.hash(ctx, seed.Password); err != nil {
				return err
			}
		case !there.like(seed.member(there.ID)):
			changed = append(changed, seed)
		}
	}
	if len(added)+len(changed) == 0 {
		return nil
	}
	return s.storeSeeds(ctx, added, changed, hashes, byName)
}

func (s *Service) storeSeeds(ctx context.Context, added, changed []StaffSeed, hashes map[string]string, byName map[string]*StaffMember) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		for _, seed := range added {
			if err := insertStaff(tx, seed.member(models.NewID()), hashes[seed.Password]); err != nil {
				return err
			}
		}
		for _, seed := range changed {
			if err := updateStaff(tx, seed.member(byName[normalUsername(seed.Username)].ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("install staff: %w", err)
	}
	return s.poll(ctx)
}

func (m *StaffMember) like(other *StaffMember) bool {
	return m.Username == other.Username && m.DisplayName == other.DisplayName && m.DepartmentCode == other.DepartmentCode &&
		m.CityReach == other.CityReach && m.Active == other.Active && slices.Equal(m.Roles, other.Roles)
}

// StaffByUsername finds an active staff member; nil where there is none. It asks no database.
func (s *Service) StaffByUsername(ctx context.Context, username string) (*StaffMember, error) {
	if err := s.live.ensure(ctx, s); err != nil {
		return nil, err
	}
	return s.live.memberNamed(username), nil
}

// StaffByIDs gives staff members for their names; whoever does not exist is not in the answer. It asks no database.
func (s *Service) StaffByIDs(ctx context.Context, ids []models.ID) (map[models.ID]*StaffMember, error) {
	if err := s.live.ensure(ctx, s); err != nil {
		return nil, err
	}
	members := make(map[models.ID]*StaffMember, len(ids))
	for _, id := range ids {
		if member := s.live.member(id); member != nil {
			members[id] = member
		}
	}
	return members, nil
}
