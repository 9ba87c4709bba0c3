package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/auth"
	"onewindow/models"
)

// on signs a resident in on a device; "" names none.
func (h *house) on(t *testing.T, phone, device string) (*auth.Session, models.ID) {
	t.Helper()
	var input *auth.DeviceInput
	if device != "" {
		input = &auth.DeviceInput{ID: device}
	}
	h.clock.Advance(time.Minute)
	session, person, problems, err := h.auth.Login(context.Background(), models.Actor{}, phone, h.request(t, phone), input)
	if err != nil || session == nil {
		t.Fatal(codes(problems), err)
	}
	return session, person.ID
}

func TestANewDeviceIsToldToTheOldOnes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, owner := h.on(t, phone, "old")
		h.on(t, otherPhone, "new")
		h.on(t, phone, "old")
		if len(h.warned) != 0 {
			t.Fatalf("told of the first device, or of one that is known: %v", h.warned)
		}
		h.on(t, phone, "new")
		h.on(t, phone, "")
		if diff := cmp.Diff([]models.ID{owner, owner}, h.warned); diff != "" {
			t.Fatal(diff)
		}
		// Who has signed out everywhere has no device that could be told; who comes back to a known one need not be.
		actor, err := h.auth.Verify(t.Context(), first.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.auth.EndSessions(t.Context(), actor.ID); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(24 * time.Hour)
		h.on(t, phone, "third")
		h.on(t, phone, "old")
		if len(h.warned) != 2 {
			t.Errorf("told %d times", len(h.warned))
		}
	})
}

// Many addresses of one network, and many phones of one prefix, are no way around the budgets; somebody hears of it.
func TestBudgetsBehindTheBudgets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		config := h.config
		config.Limits.NetworkCodesAnHour, config.Limits.PrefixCodesAnHour = 3, 5
		h.auth = auth.New(config)
		ask := func(address, phone string) error {
			_, _, err := h.auth.RequestCode(t.Context(), models.Actor{Address: address}, phone)
			return err
		}
		limited := func(err error) bool {
			var fault *models.Fault
			return errors.As(err, &fault) && fault.Code == models.RateLimitedCode
		}
		for i := range 3 {
			if err := ask(fmt.Sprintf("192.0.2.%d", i), fmt.Sprintf("1380000%04d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask("192.0.2.9", "13800000009"); !limited(err) {
			t.Errorf("a fourth code in one network: %v", err)
		}
		for i := range 2 {
			if err := ask(fmt.Sprintf("2001:db8:%d::1", i), fmt.Sprintf("1380000%04d", 10+i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask("198.51.100.1", "13800009999"); !limited(err) {
			t.Errorf("a sixth phone of one prefix: %v", err)
		}
		if err := ask("198.51.100.2", "13911110000"); err != nil {
			t.Errorf("another prefix: %v", err)
		}
		if diff := cmp.Diff([]string{auth.BudgetNetwork, auth.BudgetPhonePrefix}, h.spent); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACodeMayBeTypedInFullwidthDigits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		wide := ""
		for _, digit := range h.request(t, phone) {
			wide += string(digit - '0' + '０')
		}
		if session, _, problems := h.login(t, "１３８０００００００１", wide); session == nil {
			t.Error(codes(problems))
		}
	})
}

func TestExpiryHasNoLeewayForStreams(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		session, _ := h.signIn(t, phone)
		if _, err := h.auth.Verify(t.Context(), session.AccessToken); err != nil {
			t.Fatal(err)
		}
		for _, service := range []*auth.Service{h.auth, auth.New(h.config)} {
			if got := service.ExpiresAt(session.AccessToken); !got.Equal(session.ExpiresAt) {
				t.Errorf("expires at %v, want %v", got, session.ExpiresAt)
			}
		}
		if got := h.auth.ExpiresAt("nonsense"); !got.IsZero() {
			t.Errorf("nonsense expires at %v", got)
		}
	})
}
