package models

import (
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
)

const stars = "***"

// sensitive is how every sensitive value prints: as stars, in logs, JSON, errors and format verbs alike.
type sensitive string

func (sensitive) String() string                 { return stars }
func (sensitive) GoString() string               { return stars }
func (sensitive) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(stars)) }
func (sensitive) LogValue() slog.Value           { return slog.StringValue(stars) }
func (sensitive) MarshalJSON() ([]byte, error)   { return []byte(`"` + stars + `"`), nil }
func (sensitive) MarshalText() ([]byte, error)   { return []byte(stars), nil }

// NationalID is a citizen's identity number (GB 11643). It prints as stars; Reveal gives it out.
type NationalID struct{ sensitive }

// PhoneNumber is a phone in E.164. It prints as stars; Reveal gives it out.
type PhoneNumber struct{ sensitive }

// PersonName is a person's name. It prints as stars; Reveal gives it out.
type PersonName struct{ sensitive }

// HomeAddress is a postal address. It prints as stars; Reveal gives it out.
type HomeAddress struct{ sensitive }

// EmailAddress is an address for email. It prints as stars; Reveal gives it out.
type EmailAddress struct{ sensitive }

// OpenID is a person's account at the city's WeChat mini-program. It prints as stars; Reveal gives it out.
type OpenID struct{ sensitive }

// NewPersonName wraps a name that has been checked already.
func NewPersonName(text string) PersonName { return PersonName{sensitive(text)} }

// NewHomeAddress wraps an address that has been checked already.
func NewHomeAddress(text string) HomeAddress { return HomeAddress{sensitive(text)} }

// Reveal gives the value itself: for storage, for the wire to its rightful reader, never for logs.
func (v NationalID) Reveal() string   { return string(v.sensitive) }
func (v PhoneNumber) Reveal() string  { return string(v.sensitive) }
func (v PersonName) Reveal() string   { return string(v.sensitive) }
func (v HomeAddress) Reveal() string  { return string(v.sensitive) }
func (v EmailAddress) Reveal() string { return string(v.sensitive) }
func (v OpenID) Reveal() string       { return string(v.sensitive) }

// IsZero tells that there is no value.
func (v NationalID) IsZero() bool   { return v.sensitive == "" }
func (v PhoneNumber) IsZero() bool  { return v.sensitive == "" }
func (v PersonName) IsZero() bool   { return v.sensitive == "" }
func (v HomeAddress) IsZero() bool  { return v.sensitive == "" }
func (v EmailAddress) IsZero() bool { return v.sensitive == "" }
func (v OpenID) IsZero() bool       { return v.sensitive == "" }

// KnownEmail wraps an address that was checked when it was stored.
func KnownEmail(text string) EmailAddress { return EmailAddress{sensitive(text)} }

// KnownOpenID wraps an account that WeChat gave.
func KnownOpenID(text string) OpenID { return OpenID{sensitive(text)} }

// longestEmail is the longest address that mail can carry (RFC 5321).
const longestEmail = 254

// ParseEmail reads one plain address such as wu@example.cn, without a name beside it. The error never repeats it.
func ParseEmail(text string) (EmailAddress, error) {
	text = strings.TrimSpace(Halfwidth(text))
	parsed, err := mail.ParseAddress(text)
	local, domain, _ := strings.Cut(text, "@")
	plain := !strings.ContainsFunc(text, func(char rune) bool { return char <= ' ' || char > '~' || strings.ContainsRune(`"(),:;<>[\\]`, char) })
	if err != nil || parsed.Name != "" || parsed.Address != text || len(text) > longestEmail || !plain ||
		local == "" || !strings.Contains(strings.Trim(domain, "."), ".") {
		return EmailAddress{}, fmt.Errorf("not an email address")
	}
	return EmailAddress{sensitive(local + "@" + strings.ToLower(domain))}, nil
}

// Masked gives w***@example.cn: the first character and the domain.
func (v EmailAddress) Masked() string {
	local, domain, found := strings.Cut(string(v.sensitive), "@")
	if !found || local == "" {
		return stars
	}
	return local[:1] + stars + "@" + domain
}

// Masked gives 110***********002X: the first three and the last four characters, never the day of birth.
func (v NationalID) Masked() string {
	id := string(v.sensitive)
	if len(id) < 8 {
		return strings.Repeat("*", len(id))
	}
	return id[:3] + strings.Repeat("*", len(id)-7) + id[len(id)-4:]
}

// Masked gives 138****5678 for a mainland mobile, the last four digits for any other.
func (v PhoneNumber) Masked() string {
	phone := string(v.sensitive)
	if local, isMainland := strings.CutPrefix(phone, "+86"); isMainland && len(local) == 11 {
		return local[:3] + "****" + local[7:]
	}
	if len(phone) < 5 {
		return strings.Repeat("*", len(phone))
	}
	return "****" + phone[len(phone)-4:]
}

// Masked gives 张*, 张*三, 欧**锋; of a name with · or of another script the first character of the first part.
func (v PersonName) Masked() string {
	runes := []rune(string(v.sensitive))
	switch {
	case len(runes) == 0:
		return ""
	case len(runes) == 1:
		return "*"
	case strings.ContainsAny(string(v.sensitive), "·• ") || runes[0] < 0x2E80:
		return string(runes[0]) + "**"
	case len(runes) == 2:
		return string(runes[0]) + "*"
	}
	return string(runes[0]) + strings.Repeat("*", len(runes)-2) + string(runes[len(runes)-1])
}

// nationalIDWeights are the weights of the check character (GB 11643-1999).
var nationalIDWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// earliestBirth is before anybody who can hold a number was born: a longer row of digits is none by chance.
var earliestBirth = NewDate(1880, 1, 1)

// ParseNationalID checks form, date of birth and check character. Region codes change over time and are not checked.
// The error says what is wrong and never repeats the number.
func ParseNationalID(text string, today Date) (NationalID, error) {
	id := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(Halfwidth(text)), " ", ""))
	if len(id) != 18 {
		return NationalID{}, fmt.Errorf("an identity number has 18 characters")
	}
	sum := 0
	for position := range 17 {
		digit := int(id[position]) - '0'
		if digit < 0 || digit > 9 {
			return NationalID{}, fmt.Errorf("an identity number begins with 17 digits")
		}
		sum += digit * nationalIDWeights[position]
	}
	if "10X98765432"[sum%11] != id[17] {
		return NationalID{}, fmt.Errorf("the check character does not fit")
	}
	birth, err := ParseDate(id[6:10] + "-" + id[10:12] + "-" + id[12:14])
	if err != nil || birth > today || birth < earliestBirth {
		return NationalID{}, fmt.Errorf("the date of birth in the number is not possible")
	}
	return NationalID{sensitive(id)}, nil
}

// KnownNationalID wraps a number that was checked when it was stored.
func KnownNationalID(text string) NationalID { return NationalID{sensitive(text)} }

// BirthDate reads the day of birth out of the number.
func (v NationalID) BirthDate() (Date, bool) {
	id := string(v.sensitive)
	if len(id) != 18 {
		return 0, false
	}
	birth, err := ParseDate(id[6:10] + "-" + id[10:12] + "-" + id[12:14])
	return birth, err == nil
}

// ParsePhone gives a phone in E.164; eleven digits alone are taken as mainland China.
func ParsePhone(text string) (PhoneNumber, error) {
	phone := strings.NewReplacer(" ", "", "-", "", "‐", "", "‑", "", "–", "", "−", "", "(", "", ")", "").Replace(strings.TrimSpace(Halfwidth(text)))
	if international, dialled := strings.CutPrefix(phone, "00"); dialled {
		phone = "+" + international
	}
	if len(phone) == 13 && strings.HasPrefix(phone, "861") {
		phone = "+" + phone
	}
	if len(phone) == 11 && phone[0] == '1' {
		phone = "+86" + phone
	}
	if len(phone) < 8 || len(phone) > 16 || phone[0] != '+' || phone[1] == '0' {
		return PhoneNumber{}, fmt.Errorf("not a phone number in international form")
	}
	for _, char := range phone[1:] {
		if char < '0' || char > '9' {
			return PhoneNumber{}, fmt.Errorf("not a phone number in international form")
		}
	}
	if strings.HasPrefix(phone, "+86") && (len(phone) != 14 || phone[3] != '1') {
		return PhoneNumber{}, fmt.Errorf("not a mainland mobile number")
	}
	return PhoneNumber{sensitive(phone)}, nil
}

// KnownPhone wraps a phone that was checked when it was stored.
func KnownPhone(text string) PhoneNumber { return PhoneNumber{sensitive(text)} }
