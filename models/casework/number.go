package casework

import (
	"crypto/rand"
	"math/big"
	"time"

	"onewindow/models"
)

// newNumber draws an application's number: the day, eight digits by lot, and a check digit (Luhn) that catches a digit
// misheard on the phone. Numbers drawn by lot cannot be counted through; one that is taken is drawn again.
func newNumber(now time.Time) string {
	drawn, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic("casework: no randomness: " + err.Error()) //nolint:forbidigo // crypto/rand never fails since Go 1.24
	}
	digits := drawn.String()
	for len(digits) < 8 {
		digits = "0" + digits
	}
	number := now.In(models.Zone).Format("20060102") + digits
	return number + string(rune('0'+CheckDigit(number)))
}

// CheckDigit gives the check digit of a row of digits (ISO/IEC 7812-1, annex B).
func CheckDigit(digits string) int {
	sum := 0
	for i := range len(digits) {
		digit := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			digit *= 2
			if digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return (10 - sum%10) % 10
}
