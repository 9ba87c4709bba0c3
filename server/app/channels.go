package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/notify"
	"onewindow/notify/fcm"
	"onewindow/notify/mail"
	"onewindow/notify/sms"
	"onewindow/notify/wechat"
	"onewindow/notify/wire"
)

// openNotify makes the room that tells people, with the channels that are configured; the others write to the outbox.
func (a *App) openNotify(ctx context.Context) (*notify.Service, error) {
	settings := notify.Config{
		Store: a.store, Keyring: a.keyring, Hub: a.hub, Logger: a.logger, OutboxFolder: filepath.Join(a.config.Data, "outbox"),
		Redis: a.redis, Registerer: a.registry, DueAt: a.cases.DueAt,
		Stand: a.cases.Stand, Standings: a.cases.Standings, Tasks: a.cases.OpenTasks, Expires: a.materials.Expiries, Helpers: a.helpers,
		Addresses: a.addresses, People: a.maskedPeople, ForgetDevice: a.auth.ForgetPushToken,
		Providers: map[notify.Channel]notify.Provider{}, PerSecond: map[notify.Channel]int{}, WeChatTemplates: a.weChatTemplates(),
		Guardians: a.residents.Guardians, Consents: a.identities.AgreedOf, Occasions: []notify.Occasion{notify.DocumentOccasion(a.materials)},
		House: a.config.Notify, Working: func(day models.Date) bool { return a.catalogue.Current().Calendar().Working(day) },
	}
	for _, open := range []func(context.Context, *notify.Config) error{a.openSMS, a.openPush, a.openEmail} {
		if err := open(ctx, &settings); err != nil {
			return nil, err
		}
	}
	if a.weChat != nil && len(a.weChat.Templates) > 0 {
		settings.Providers[notify.WeChat], settings.PerSecond[notify.WeChat] = a.weChat, a.config.WeChat.PerSecond
	}
	return notify.New(settings)
}

func (a *App) openSMS(_ context.Context, to *notify.Config) error {
	settings := a.config.SMS
	if settings.Provider == "" {
		return nil
	}
	templates, err := sms.LoadTemplates(settings.Templates)
	if err != nil {
		return fmt.Errorf("ONEWINDOW_SMS_TEMPLATES: %w", err)
	}
	to.PerSecond[notify.SMS] = settings.PerSecond
	if settings.Provider == "tencent" {
		to.Providers[notify.SMS] = &sms.Tencent{
			URL: cmp.Or(settings.URL, sms.TencentURL), Region: settings.Region, KeyID: settings.KeyID, Secret: settings.KeySecret.Reveal(),
			AppID: settings.AppID, Sign: settings.Sign, Templates: templates, Client: wire.Client(), Clock: machineClock{},
		}
		return nil
	}
	to.Providers[notify.SMS] = &sms.Aliyun{
		URL: cmp.Or(settings.URL, sms.AliyunURL), KeyID: settings.KeyID, Secret: settings.KeySecret.Reveal(), Sign: settings.Sign,
		Templates: templates, Client: wire.Client(), Clock: machineClock{},
	}
	return nil
}

func (a *App) openPush(ctx context.Context, to *notify.Config) error {
	settings := a.config.FCM
	if settings.Credentials == "" && settings.URL == "" {
		return nil
	}
	made := fcm.Config{Project: settings.Project, URL: settings.URL, Clock: a.clock}
	var err error
	if settings.Credentials != "" {
		if made.Credentials, err = os.ReadFile(settings.Credentials); err != nil {
			return fmt.Errorf("ONEWINDOW_FCM_CREDENTIALS: %w", err)
		}
	}
	client, err := fcm.New(ctx, made)
	if err != nil {
		return fmt.Errorf("ONEWINDOW_FCM_CREDENTIALS: %w", err)
	}
	to.Providers[notify.Push], to.PerSecond[notify.Push] = client, settings.PerSecond
	return nil
}

func (a *App) openEmail(_ context.Context, to *notify.Config) error {
	settings := a.config.Email
	if settings.URL == "" {
		return nil
	}
	client, err := mail.New(settings.URL.Reveal(), settings.From, machineClock{}, nil)
	if err != nil {
		return fmt.Errorf("ONEWINDOW_EMAIL_URL: %w", err)
	}
	to.Providers[notify.Email], to.PerSecond[notify.Email] = client, settings.PerSecond
	return nil
}

// openWeChat makes the mini-program's way to WeChat; nil where none is configured.
func (a *App) openWeChat() error {
	settings := a.config.WeChat
	if settings.AppID == "" {
		return nil
	}
	a.weChat = &wechat.Client{
		URL: settings.URL, AppID: settings.AppID, Secret: settings.Secret.Reveal(), HTTP: wire.Client(), Redis: a.redis, Keyring: a.keyring,
		Clock: machineClock{},
	}
	if settings.Templates == "" {
		return nil
	}
	var err error
	if a.weChat.Templates, err = wechat.LoadTemplates(settings.Templates); err != nil {
		return fmt.Errorf("ONEWINDOW_WECHAT_TEMPLATES: %w", err)
	}
	return nil
}

// weChatTemplates are the mini-program's. A demo without one writes to the outbox what would be sent, with names of its own.
func (a *App) weChatTemplates() notify.WeChatTemplates {
	if a.weChat != nil {
		return a.weChat.Templates.Kinds()
	}
	if a.config.Demo {
		return notify.DemoTemplates()
	}
	return nil
}

// weChatSignIn lets auth ask WeChat who signs in; nil where there is no mini-program. A demo without one believes its guests.
func (a *App) weChatSignIn() *auth.WeChat {
	if a.weChat == nil {
		if a.config.Demo {
			return demoWeChat()
		}
		return nil
	}
	return &auth.WeChat{
		OpenID: func(ctx context.Context, code string) (models.OpenID, error) {
			openID, err := a.weChat.OpenID(ctx, code)
			return openID, weChatRefusal(err)
		},
		Phone: func(ctx context.Context, code string) (models.PhoneNumber, error) {
			phone, err := a.weChat.Phone(ctx, code)
			return phone, weChatRefusal(err)
		},
	}
}

// weChatRefusal says in auth's words what a person can mend; the rest is WeChat's trouble or ours.
func weChatRefusal(err error) error {
	var refused *wechat.Refused
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case wechat.BadCode, wechat.UsedCode:
		return auth.ErrWeChatCode
	case wechat.TooOften:
		return auth.ErrWeChatTooOften
	case wechat.RiskyPerson:
		return auth.ErrWeChatRisk
	}
	return err
}

// demoWeChat takes any code of the form demo-13800000005 for the sign-in and the phone of that number.
func demoWeChat() *auth.WeChat {
	phoneOf := func(code string) (models.PhoneNumber, error) {
		number, isDemo := strings.CutPrefix(code, "demo-")
		phone, err := models.ParsePhone(number)
		if !isDemo || err != nil {
			return models.PhoneNumber{}, auth.ErrWeChatCode
		}
		return phone, nil
	}
	return &auth.WeChat{
		OpenID: func(_ context.Context, code string) (models.OpenID, error) {
			phone, err := phoneOf(code)
			if err != nil {
				return models.OpenID{}, err
			}
			sum := sha256.Sum256([]byte(phone.Reveal()))
			return models.KnownOpenID("demo-" + hex.EncodeToString(sum[:8])), nil
		},
		Phone: func(_ context.Context, code string) (models.PhoneNumber, error) { return phoneOf(code) },
	}
}

// addresses tells where residents can be reached.
func (a *App) addresses(ctx context.Context, ids []models.ID) (map[models.ID]notify.Addresses, error) {
	people, err := a.residents.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	targets, err := a.auth.PushTargets(ctx, ids)
	if err != nil {
		return nil, err
	}
	accounts, err := a.auth.OpenIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	reached := make(map[models.ID]notify.Addresses, len(people))
	for id, person := range people {
		addresses := notify.Addresses{Phone: person.Phone, OpenID: accounts[id]}
		for _, device := range targets[id] {
			addresses.Devices = append(addresses.Devices, notify.NewPushDevice(device.DeviceID, notify.Platform(device.Platform), device.Token()))
		}
		reached[id] = addresses
	}
	return reached, nil
}

// maskedPeople shows residents to staff who need no more.
func (a *App) maskedPeople(ctx context.Context, ids []models.ID) (map[models.ID]notify.MaskedPerson, error) {
	people, err := a.residents.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	masked := make(map[models.ID]notify.MaskedPerson, len(people))
	for id, person := range people {
		masked[id] = notify.MaskedPerson{Name: person.DisplayName(), Phone: person.MaskedPhone()}
	}
	return masked, nil
}
