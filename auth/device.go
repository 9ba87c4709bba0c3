package auth

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onewindow/models"
)

// DevicePlatform is what a device runs.
type DevicePlatform string

// The platforms of the clients.
const (
	IOS         DevicePlatform = "IOS"
	Android     DevicePlatform = "ANDROID"
	MiniProgram DevicePlatform = "MINI_PROGRAM"
	Web         DevicePlatform = "WEB"
)

// Device is one installation of a client on which a resident is signed in.
type Device struct {
	// ID is chosen by the client and stable for one installation.
	ID         string
	Platform   *DevicePlatform
	LastSeenAt time.Time
}

// DeviceInput is what a client says of its device.
type DeviceInput struct {
	ID        string
	Platform  *DevicePlatform
	Name      *string
	PushToken *string
}

// PushTarget is where a message can be pushed to. The token never prints.
type PushTarget struct {
	DeviceID string
	Platform DevicePlatform
	token    string
}

// Token is the push provider's token of the device.
func (t PushTarget) Token() string { return t.token }

// String and GoString keep the token out of every print.
func (t PushTarget) String() string   { return "device " + t.DeviceID }
func (t PushTarget) GoString() string { return t.String() }

// The bounds of what a client says of its device.
const (
	longestDeviceID   = 128
	longestDeviceName = 60
	longestPushToken  = 4096
)

// checkDevice reads an input; field is where it stands in the request, e.g. "device.".
func checkDevice(input *DeviceInput, field string) []*models.Problem {
	if input == nil {
		return nil
	}
	var problems []*models.Problem
	if !isPrintable(input.ID) || len(input.ID) > longestDeviceID {
		problems = append(problems, models.NewProblem("FORMAT", field+"id", models.T(
			"设备标识应为 1 到 128 个可见字符", "A device id has 1 to 128 printable characters")))
	}
	if input.PushToken != nil && *input.PushToken != "" && (!isPrintable(*input.PushToken) || len(*input.PushToken) > longestPushToken) {
		problems = append(problems, models.NewProblem("FORMAT", field+"pushToken", models.T("推送标识有误", "The push token is not valid")))
	}
	return problems
}

func isPrintable(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(char rune) bool { return char <= ' ' || char > '~' })
}

// deviceName keeps what of a name can be shown.
func deviceName(name *string) string {
	if name == nil {
		return ""
	}
	clean := strings.TrimSpace(strings.Map(func(char rune) rune {
		if char == utf8.RuneError || unicode.In(char, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			return -1
		}
		return char
	}, *name))
	if runes := []rune(clean); len(runes) > longestDeviceName {
		clean = string(runes[:longestDeviceName])
	}
	return clean
}
