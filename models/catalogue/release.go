package catalogue

import (
	"time"

	"onewindow/models"
)

// Source is where a release came from.
type Source string

// The sources of releases. A start takes the program's own catalogue over only from itself: what a city handed in stays.
const (
	FromProgram Source = "PROGRAM"
	FromFolder  Source = "FOLDER"
	FromCommand Source = "COMMAND"
)

// Release is one folder as it was taken over, whole. The one with the highest number is on offer.
type Release struct {
	Number   int
	Hash     string
	LoadedAt time.Time
	LoadedBy Source
}

// Loaded is what became of a folder.
type Loaded struct {
	// Release is the one on offer now.
	Release Release
	// Earlier is the release by which the folder had been taken over before; nil: it is new.
	Earlier *Release
	// IsNew tells whether this made a release.
	IsNew bool
}

// IsSuperseded tells that the folder was on offer once and is not any more.
func (l *Loaded) IsSuperseded() bool { return l.Earlier != nil && l.Earlier.Hash != l.Release.Hash }

// offer is from when a version of an item is on offer; no day: since ever.
type offer struct {
	Version int          `json:"v"`
	From    *models.Date `json:"f,omitempty"`
}

// offers gives for each item the versions of one release, the one that is on offer at once first. A version with a day of
// its own to begin leaves the present one on offer until that day.
type offers map[string][]offer

// nextOffers are those of a folder that is loaded today over what was on offer before.
func nextOffers(items []*Item, before offers, today models.Date) offers {
	next := make(offers, len(items))
	for _, item := range items {
		own := offer{item.Version, item.EffectiveFrom}
		present, isOffered := before.on(item.Code, today)
		if item.EffectiveFrom != nil && *item.EffectiveFrom > today && isOffered && present != item.Version {
			next[item.Code] = []offer{{Version: present}, own}
			continue
		}
		next[item.Code] = []offer{own}
	}
	return next
}

// on gives the version of an item that is on offer on a day. Where none has begun yet there is none.
func (o offers) on(code string, day models.Date) (version int, isOffered bool) {
	for _, each := range o[code] {
		if each.From == nil || *each.From <= day {
			version, isOffered = each.Version, true
		}
	}
	return version, isOffered
}

// staying gives the versions that stay on offer until that of the folder begins.
func (o offers) staying() map[string]int {
	versions := map[string]int{}
	for code, each := range o {
		if len(each) > 1 {
			versions[code] = each[0].Version
		}
	}
	return versions
}
