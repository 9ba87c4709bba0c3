package casework

import "time"

// Settings are the limits of this room that a city may choose. The tags are read by server/config.
type Settings struct {
	Lease time.Duration `env:"LEASE" help:"how long a task stays with the staff member who took it; working on it begins the time anew" example:"45m"`
	// CallbackDays and CommitmentDays are working days.
	CallbackDays   int `env:"CALLBACK_DAYS" help:"working days in which an unhappy rating is answered" example:"15"`
	CommitmentDays int `env:"COMMITMENT_DAYS" help:"working days after acceptance in which what was promised in place of a paper is checked" example:"30"`
	// ReconsiderationDays and LitigationMonths are the law's (Administrative Reconsideration Law, Article 20; Administrative
	// Procedure Law, Article 46).
	ReconsiderationDays int `env:"RECONSIDERATION_DAYS" help:"days in which an applicant may ask for administrative reconsideration, as refusals say" example:"60"`
	LitigationMonths    int `env:"LITIGATION_MONTHS" help:"months in which an applicant may go to court, as refusals say" example:"6"`

	Interventions InterventionSettings `envPrefix:"INTERVENTION_"`
}

// DefaultSettings hold where nothing is set.
func DefaultSettings() Settings {
	return Settings{
		Lease: 30 * time.Minute, CallbackDays: 5, CommitmentDays: 20, ReconsiderationDays: 60, LitigationMonths: 6,
		Interventions: defaultInterventions(),
	}
}
