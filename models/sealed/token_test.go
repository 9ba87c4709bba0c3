package sealed_test

import (
	"testing"

	"onewindow/models/sealed"
)

// What was made is found by its digest; nothing else of that size, spelled in another way, or of another size is.
func TestATokenHasOneSpelling(t *testing.T) {
	token, digest := sealed.NewToken(16)
	if again, valid := sealed.DigestOf(token, 16); !valid || again != digest {
		t.Errorf("the token is not found: %v", valid)
	}
	if other, another := sealed.NewToken(16); other == token || another == digest {
		t.Error("two tokens are one")
	}
	for _, wrong := range []string{"", token + "=", token + "AA", token[:21], token[:21] + "!", " " + token} {
		if _, valid := sealed.DigestOf(wrong, 16); valid {
			t.Errorf("%q is taken for a token", wrong)
		}
	}
}
