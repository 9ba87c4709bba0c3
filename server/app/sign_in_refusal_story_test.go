package app_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"onewindow/server/config"
)

// A wrong code says no more than that; the right one still signs in afterwards.
func TestAWrongCodeDoesNotSignIn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		phone, guest := c.people.Resident("r06").Phone.Reveal(), c.guest()
		change(t, guest, "RequestLoginCode", vars{"phone": phone})
		code := c.code(t, phone)
		wrong := fmt.Sprintf("%06d", (atoi(t, code)+1)%1_000_000)
		mismatch := mend{"MISMATCH", "验证码不正确或已失效，请核对或重新获取", "The code is wrong or no longer valid, please check it or ask for a new one", "code"}
		problematic(t, guest, sendInput(t, "Login", vars{"phone": phone, "code": wrong}), mismatch)
		problematic(t, guest, sendInput(t, "Login", vars{"phone": phone, "code": "不是数字"}), mismatch)
		unknown := c.people.Resident("r05").Phone.Reveal() // never asked for a code: word for word the same
		problematic(t, guest, sendInput(t, "Login", vars{"phone": unknown, "code": code}), mismatch)
		if signedIn := change(t, guest, "Login", vars{"phone": phone, "code": code}); signedIn.Session == nil {
			t.Fatal("the right code did not sign in after wrong ones")
		}
		problematic(t, guest, sendInput(t, "Login", vars{"phone": phone, "code": code}), mismatch) // used up
		problematic(t, guest, sendInput(t, "StaffSignIn", vars{"username": "li-police", "password": "falsch"}),
			mend{"MISMATCH", "用户名或密码不正确", "The username or the password is wrong", "password"})
	})
}

func atoi(t *testing.T, digits string) (number int) {
	t.Helper()
	if _, err := fmt.Sscan("1"+digits, &number); err != nil {
		t.Fatal(err)
	}
	return number
}

var signedOut = refusal{
	status: 401, code: "UNAUTHENTICATED", chinese: "登录已失效，请重新登录", english: "Your sign-in is no longer valid, please sign in again",
}

// A token that has expired is refused, at the window and at the door for files, and nothing is done with it.
func TestAnExpiredTokenIsRefused(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		expired, fresh, forged := *mother, *mother, *mother
		expired.token = c.token(t, mother.token, -2*time.Minute)
		fresh.token = c.token(t, mother.token, 10*time.Minute)
		forged.token = mother.token[:len(mother.token)-8] + "AAAAAAAA"
		c.unchanged(t, func() {
			ask[viewer](t, &fresh, "Me", nil) // made in the same way, it would be good: it is the time that is wrong
			for _, v := range []*visitor{&expired, &forged} {
				refused(t, v, "Me", nil, signedOut)
				refused(t, v, "Submit", input(vars{"applicationId": draft.ID}), signedOut)
				refused(t, v, "Withdraw", input(vars{"applicationId": draft.ID}), signedOut)
			}
			refused(t, c.guest(), "Withdraw", input(vars{"applicationId": draft.ID}),
				refusal{status: 200, code: "UNAUTHENTICATED", chinese: "请先登录", english: "Please sign in first"})
		})
		change(t, mother, "Withdraw", vars{"applicationId": draft.ID}) // with the good token it can be done
	})
}

// token makes another access token of the same person and session, that ends after a time.
func (c *city) token(t *testing.T, like string, ends time.Duration) string {
	t.Helper()
	keys, err := config.LoadKeys(filepath.Join(c.folder, "keys.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	model, _, err := jwt.NewParser().ParseUnverified(like, claims)
	if err != nil {
		t.Fatal(err)
	}
	claims["iat"], claims["exp"] = time.Now().Add(ends-15*time.Minute).Unix(), time.Now().Add(ends).Unix()
	made := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	made.Header["kid"] = model.Header["kid"]
	signed, err := made.SignedString(keys.Signing[0].Private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
