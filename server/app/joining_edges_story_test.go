package app_test

import "testing"

// Each phone that was bound before is told of a new one, and of the end of the binding: whoever holds one of them can say no in time.
func TestEveryPhoneIsToldOfANewOneAndOfTheEnd(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		tablet := c.joined(t, "13900000081", "r06")
		c.joined(t, "13900000082", "r06")
		c.smsOf(t, mother.phone, "phone-joined")
		c.smsOf(t, tablet.phone, "phone-joined")
		const unbind = `mutation($i: UnbindIdentityInput!) { unbindIdentity(input: $i) { identity { status } problems { code field } } }`
		change(t, c.guest(), "RequestLoginCode", vars{"phone": tablet.phone})
		done := askOwn[payload](t, tablet, unbind, vars{"i": vars{"phone": tablet.phone, "code": c.code(t, tablet.phone)}})
		if len(done.Problems) > 0 {
			t.Fatalf("%+v", done)
		}
		c.smsOf(t, mother.phone, "identity-unbound")
	})
}
