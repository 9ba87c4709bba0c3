package app_test

import "testing"

// A mother signs in from the mini-program with her phone, and the next time without; a code that is none is told apart. In the
// demo a code is demo- and the phone.
func TestSigningInWithWeChat(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		guest := c.guest()
		first := ask[payload](t, guest, "LoginWithWeChat", input(vars{"code": "demo-13800000005"})).Problems
		if len(first) != 1 || first[0].Code != "REQUIRED" || *first[0].Field != "phoneCode" {
			t.Errorf("without a phone the first time: %+v", first)
		}
		login := change(t, guest, "LoginWithWeChat", vars{"code": "demo-13800000005", "phoneCode": "demo-13800000005"})
		if login.Session == nil {
			t.Fatal("no session")
		}
		if again := change(t, guest, "LoginWithWeChat", vars{"code": "demo-13800000005"}); again.Session == nil {
			t.Error("the second time needs the phone again")
		}
		wrong := ask[payload](t, guest, "LoginWithWeChat", input(vars{"code": "stolen"})).Problems
		if len(wrong) != 1 || wrong[0].Code != "MISMATCH" || *wrong[0].Field != "code" {
			t.Errorf("a code that is none: %+v", wrong)
		}
	})
}
