package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"onewindow/auth"
	"onewindow/models"
)

const password = "correct horse"

var seeds = []auth.StaffSeed{
	{Username: "zhang-desk", DisplayName: "张敏", DepartmentCode: "service-centre", Roles: []models.Role{models.FrontDesk}, CityReach: true, Password: password},
	{Username: "wang-police", DisplayName: "王刚", DepartmentCode: "public-security", Roles: []models.Role{models.Approver, models.Issuer}, Password: password},
}

func (h *house) install(t *testing.T, accounts []auth.StaffSeed) {
	t.Helper()
	if err := h.auth.InstallStaff(context.Background(), accounts); err != nil {
		t.Fatal(err)
	}
}

func (h *house) staffSignIn(t *testing.T, username, password, otp string) (*auth.Session, *auth.StaffMember, string) {
	t.Helper()
	session, member, problems, err := h.auth.StaffSignIn(context.Background(), models.Actor{}, username, password, otp)
	if err != nil {
		t.Fatal(err)
	}
	return session, member, codes(problems)
}

func TestStaffSignInWithTheirRolesAndReach(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.install(t, seeds)
		session, member, refused := h.staffSignIn(t, " Zhang-Desk ", password, "")
		if session == nil || member.DisplayName != "张敏" {
			t.Fatalf("%v, %s", member, refused)
		}
		actor, err := h.auth.Verify(context.Background(), session.AccessToken)
		want := models.Actor{
			Kind: models.Staff, Username: "zhang-desk", DisplayName: "张敏", ID: member.ID, SessionID: actor.SessionID, DepartmentCode: "service-centre",
			Roles: []models.Role{models.FrontDesk}, CityReach: true, Locale: models.Chinese,
		}
		if diff := cmp.Diff(want, actor); err != nil || diff != "" {
			t.Errorf("%v, %s", err, diff)
		}
		members, err := h.auth.StaffByIDs(context.Background(), []models.ID{member.ID, models.NewID()})
		if err != nil || len(members) != 1 || members[member.ID].Username != "zhang-desk" {
			t.Errorf("members %v, %v", members, err)
		}
		h.clock.Advance(12*time.Hour - time.Second)
		next, refused := h.refresh(t, session.RefreshToken)
		if next == nil {
			t.Fatalf("refused within half a day: %s", refused)
		}
		h.clock.Advance(time.Second)
		if _, refused := h.refresh(t, next.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("after half a day: %s", refused)
		}
	})
}

func TestWrongPasswordUnknownUserAndClosedAccountLookAlike(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.install(t, seeds)
		_, closed, _ := h.staffSignIn(t, "wang-police", password, "")
		account := *closed
		account.Active = false
		if err := h.auth.SaveStaff(context.Background(), account); err != nil {
			t.Fatal(err)
		}
		wordings := map[string]bool{}
		for _, try := range [][2]string{
			{"zhang-desk", "wrong"}, {"zhang-desk", ""}, {"nobody", password}, {"wang-police", password}, {"", password},
			{"zhang-desk", strings.Repeat("x", 5000)}, {strings.Repeat("x", 65), password}, {"' OR 1=1 --", password},
		} {
			session, _, problems, err := h.auth.StaffSignIn(context.Background(), models.Actor{}, try[0], try[1], "")
			if err != nil || session != nil || codes(problems) != "password MISMATCH" {
				t.Errorf("%.20q: %s, %v", try[0], codes(problems), err)
				continue
			}
			wordings[problems[0].Message.In(models.Chinese)] = true
		}
		if len(wordings) != 1 {
			t.Errorf("%d wordings", len(wordings))
		}
	})
}

func TestTenWrongPasswordsAnHourForAUsername(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.install(t, seeds)
		ctx := context.Background()
		for range 12 { // right ones are not counted
			if session, _, refused := h.staffSignIn(t, "wang-police", password, ""); session == nil {
				t.Fatal(refused)
			}
		}
		for _, username := range []string{"zhang-desk", "nobody"} {
			for range 10 {
				h.staffSignIn(t, username, "wrong", "")
			}
			if _, _, _, err := h.auth.StaffSignIn(ctx, models.Actor{}, username, password, ""); faultCode(err) != models.RateLimitedCode {
				t.Errorf("%s after ten wrong passwords: %v", username, err)
			}
		}
		h.clock.Advance(time.Hour)
		if session, _, refused := h.staffSignIn(t, "zhang-desk", password, ""); session == nil {
			t.Errorf("an hour later: %s", refused)
		}
	})
}

func TestAnAuthenticatorsCodeIsAskedForAndTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.install(t, seeds)
		ctx, secret := context.Background(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		_, member, _ := h.staffSignIn(t, "zhang-desk", password, "")
		if err := h.auth.EnrolTOTP(ctx, member.ID, "not base32!"); err == nil {
			t.Error("a secret that is none was enrolled")
		}
		if err := h.auth.EnrolTOTP(ctx, member.ID, secret); err != nil {
			t.Fatal(err)
		}
		code := func(at time.Duration) string {
			made, err := totp.GenerateCode(secret, h.clock.Now().Add(at))
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		tests := []struct{ name, otp, want string }{
			{"none", "", "otp OTP_REQUIRED"},
			{"two minutes old", code(-2 * time.Minute), "otp MISMATCH"},
			{"letters", "abcdef", "otp MISMATCH"},
			{"the right one", code(0), ""},
			{"the right one again", code(0), "otp MISMATCH"},
			{"the one before it", code(-30 * time.Second), "otp MISMATCH"},
			{"the next one", code(30 * time.Second), ""},
		}
		for _, test := range tests {
			if session, _, refused := h.staffSignIn(t, "zhang-desk", password, test.otp); refused != test.want || (session != nil) != (test.want == "") {
				t.Errorf("%s: %s", test.name, refused)
			}
		}
		if _, _, refused := h.staffSignIn(t, "zhang-desk", "wrong", code(time.Minute)); refused != "password MISMATCH" {
			t.Errorf("a right code and a wrong password: %s", refused)
		}
		var stored []byte
		if err := h.store.Reader(ctx).Raw("SELECT totp_secret FROM auth_staff WHERE id = ?", member.ID).Row().Scan(&stored); err != nil || strings.Contains(string(stored), secret) {
			t.Errorf("the secret can be read: %v", err)
		}
	})
}

func TestALostRoleAndAClosedAccountAreEffectiveEverywhereWithinASecond(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		h.install(t, seeds)
		session, member, _ := h.staffSignIn(t, "wang-police", password, "")
		other := auth.New(h.config)
		if err := other.Start(ctx); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { other.Watch(ctx, func(err error) { t.Error(err) }); close(done) }()
		within := func(what string, holds func(models.Actor, error) bool) {
			t.Helper()
			for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
				actor, err := other.Verify(ctx, session.AccessToken)
				if holds(actor, err) {
					return
				}
				if time.Now().After(limit) {
					t.Errorf("%s is not effective: %+v, %v", what, actor, err)
					return
				}
			}
		}
		within("the role of an approver", func(actor models.Actor, _ error) bool { return actor.Has(models.Approver) })
		account := *member
		account.Roles = []models.Role{models.Reviewer}
		if err := h.auth.SaveStaff(ctx, account); err != nil {
			t.Fatal(err)
		}
		if actor, err := h.auth.Verify(ctx, session.AccessToken); err != nil || actor.Has(models.Approver) {
			t.Errorf("here: %+v, %v", actor, err)
		}
		within("the lost role", func(actor models.Actor, err error) bool {
			return err == nil && !actor.Has(models.Approver) && actor.Has(models.Reviewer)
		})
		account.Active = false
		if err := h.auth.SaveStaff(ctx, account); err != nil {
			t.Fatal(err)
		}
		within("the closed account", func(_ models.Actor, err error) bool { return faultCode(err) == models.Unauthenticated })
		if _, refused := h.refresh(t, session.RefreshToken); refused != "refreshToken EXPIRED" {
			t.Errorf("refresh of a closed account: %s", refused)
		}
		cancel()
		<-done
	})
}

func TestInstallingTwiceKeepsAccountsAndBringsRolesUpToDate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		many := append([]auth.StaffSeed{}, seeds...)
		for number := range 26 {
			many = append(many, auth.StaffSeed{
				Username: fmt.Sprintf("clerk-%d", number), DisplayName: "职员", DepartmentCode: "tax", Roles: []models.Role{models.Reviewer}, Password: password,
			})
		}
		start := time.Now()
		h.install(t, many)
		t.Logf("28 accounts took %v", time.Since(start))
		_, before, _ := h.staffSignIn(t, "wang-police", password, "")
		many[1].Roles, many[1].Password = []models.Role{models.Reviewer}, "another"
		start = time.Now()
		h.install(t, many)
		t.Logf("the second time took %v", time.Since(start))
		session, after, refused := h.staffSignIn(t, "wang-police", password, "")
		if session == nil {
			t.Fatalf("the password was changed: %s", refused)
		}
		if after.ID != before.ID || len(after.Roles) != 1 || after.Roles[0] != models.Reviewer {
			t.Errorf("before %+v, after %+v", before, after)
		}
		var hashes int
		h.store.Reader(context.Background()).Raw("SELECT count(*) FROM auth_staff WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'").Scan(&hashes)
		if hashes != 28 {
			t.Errorf("%d of 28 passwords are hashed as they should be", hashes)
		}
	})
}
