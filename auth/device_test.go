package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"onewindow/auth"
	"onewindow/models"
)

func TestADeviceIsKeptWithItsLoginAndForgottenWithItsLogout(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, platform, token, name := context.Background(), auth.IOS, "push-token-1", "妈妈的\u202e手机"
		device := &auth.DeviceInput{ID: "installation-1", Platform: &platform, PushToken: &token, Name: &name}
		session, person, problems, err := h.auth.Login(ctx, models.Actor{}, phone, h.request(t, phone), device)
		if err != nil || session == nil {
			t.Fatalf("%s, %v", codes(problems), err)
		}
		targets, err := pushTargets(t, h, person.ID)
		if err != nil || len(targets) != 1 || targets[0].DeviceID != "installation-1" || targets[0].Token() != token || targets[0].Platform != auth.IOS {
			t.Fatalf("targets %v, %v", targets, err)
		}
		if printed := fmt.Sprintf("%v %+v %#v", targets, targets, targets); strings.Contains(printed, token) {
			t.Errorf("printed %s", printed)
		}
		actor, _ := h.auth.Verify(ctx, session.AccessToken)
		kept, problems, err := h.auth.RegisterDevice(ctx, actor, auth.DeviceInput{ID: "installation-1"})
		if err != nil || len(problems) > 0 || kept.ID != "installation-1" {
			t.Errorf("%+v, %s, %v", kept, codes(problems), err)
		}
		if targets, _ = pushTargets(t, h, person.ID); len(targets) != 1 || targets[0].Platform != auth.IOS {
			t.Errorf("what was not said was forgotten: %v", targets)
		}
		if err := h.auth.Logout(ctx, actor); err != nil {
			t.Fatal(err)
		}
		if targets, _ = pushTargets(t, h, person.ID); len(targets) != 0 {
			t.Errorf("messages still go to %v", targets)
		}
	})
}

func TestAPushTokenBelongsToWhoSignedInLast(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, token := context.Background(), "push-token-1"
		_, first := h.signIn(t, phone)
		_, second := h.signIn(t, otherPhone)
		for _, owner := range []models.ID{first.ID, second.ID} {
			actor := models.Actor{Kind: models.Resident, ID: owner}
			if _, problems, err := h.auth.RegisterDevice(ctx, actor, auth.DeviceInput{ID: "shared", PushToken: &token}); err != nil || len(problems) > 0 {
				t.Fatalf("%s, %v", codes(problems), err)
			}
		}
		if targets, _ := pushTargets(t, h, first.ID); len(targets) != 0 {
			t.Error("the first owner's messages reach the second")
		}
		if targets, _ := pushTargets(t, h, second.ID); len(targets) != 1 {
			t.Error("the second owner gets nothing")
		}
	})
}

func TestDevicesThatAreNoneAreRefusedBeforeTheCodeIsUsed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, code := context.Background(), h.request(t, phone)
		for _, id := range []string{"", strings.Repeat("x", 129), "a b", "手机", "a\x00"} {
			session, _, problems, err := h.auth.Login(ctx, models.Actor{}, phone, code, &auth.DeviceInput{ID: id})
			if err != nil || session != nil || codes(problems) != "device.id FORMAT" {
				t.Errorf("%.10q: %s, %v", id, codes(problems), err)
			}
		}
		h.clock.Advance(time.Second)
		if session, _, problems := h.login(t, phone, code); session == nil {
			t.Errorf("the code was used up: %s", codes(problems))
		}
		if _, _, err := h.auth.RegisterDevice(ctx, models.Actor{Kind: models.Staff, ID: models.NewID()}, auth.DeviceInput{ID: "x"}); faultCode(err) != models.Forbidden {
			t.Errorf("staff registers a device: %v", err)
		}
	})
}

func pushTargets(t *testing.T, h *house, resident models.ID) ([]auth.PushTarget, error) {
	t.Helper()
	targets, err := h.auth.PushTargets(context.Background(), []models.ID{resident})
	return targets[resident], err
}
