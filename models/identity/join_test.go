package identity

import (
	"testing"
	"time"

	"onewindow/models"
)

func TestAPersonIsNotBotheredForLong(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ago := func(by time.Duration, asker string, state JoinState) asked {
		return asked{asker: models.ID("asker-" + asker), state: state, createdAt: now.Add(-by)}
	}
	tests := []struct {
		name   string
		before []asked
		want   bool
	}{
		{"never asked", nil, true},
		{"somebody waits for the answer", []asked{ago(time.Hour, "other", JoinOpen)}, false},
		{"nobody answered within a day", []asked{ago(25*time.Hour, "other", JoinOpen)}, true},
		{"this phone was refused yesterday", []asked{ago(30*time.Hour, "me", JoinRefused)}, false},
		{"this phone was refused long ago", []asked{ago(joinBlock, "me", JoinRefused)}, true},
		{"another phone was refused", []asked{ago(time.Hour, "other", JoinRefused)}, true},
		{"three today", []asked{ago(1*time.Hour, "a", JoinRefused), ago(2*time.Hour, "b", JoinExpired), ago(3*time.Hour, "c", JoinApproved)}, false},
		{"two today and one before", []asked{ago(1*time.Hour, "a", JoinRefused), ago(2*time.Hour, "b", JoinExpired), ago(24*time.Hour, "c", JoinRefused)}, true},
	}
	for _, test := range tests {
		if got := mayAsk(test.before, "asker-me", now); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
