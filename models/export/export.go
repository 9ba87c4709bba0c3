package export

import (
	"time"

	"onewindow/models"
)

// Lifetime is how long a link works.
const Lifetime = 10 * time.Minute

// MostADay is how many copies a person may ask for within 24 hours.
const MostADay = 5

// MostOpened is how often its reader may open a link: a download that broke off can be begun again.
const MostOpened = 3

const tokenBytes = 16 // 128 random bits

// Ticket is what a person is given.
type Ticket struct {
	URL       string
	ExpiresAt time.Time
}

// Order is whose copy a link leads to, in which language.
type Order struct {
	ResidentID models.ID
	Locale     models.Locale
}
