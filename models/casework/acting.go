package casework

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/delegation"
	"onewindow/models/store"
)

// mine lets the applicant, the subject and the subject's guardian act, and of those who hold a delegation whoever was given the
// power that the act takes; without one named, nobody by a delegation.
func (s *Service) mine(ctx context.Context, actor models.Actor, power ...delegation.Power) func(*store.Tx, *Case) error {
	return func(tx *store.Tx, c *Case) error {
		refused := s.checkOwner(ctx, actor, c)
		if refused == nil || s.Delegations == nil || actor.Kind != models.Resident {
			return refused
		}
		powers, err := s.Delegations.Powers(ctx, tx, actor.ID, c.SubjectID, c.ItemCode)
		switch {
		case err != nil:
			return err
		case slices.ContainsFunc(power, func(wanted delegation.Power) bool { return slices.Contains(powers, wanted) }):
			return nil
		case showsTo(powers, c.State):
			return models.NotAllowed()
		}
		return refused
	}
}

// showsTo tells whether a delegate sees an application: whoever may follow it always, whoever fills in or hands in while there
// is something to fill in or hand in.
func showsTo(powers []delegation.Power, state State) bool {
	if slices.Contains(powers, delegation.Track) {
		return true
	}
	return len(powers) > 0 && (state == Draft || state == SupplementRequired)
}

// namesOf are both names where a resident acts in what is neither about nor by that resident: masked, as the timeline shows them.
func (s *Service) namesOf(ctx context.Context, actor models.Actor, c *Case) (string, error) {
	if actor.Kind != models.Resident || actor.ID == c.SubjectID || actor.ID == c.ApplicantID {
		return "", nil
	}
	people, err := s.Residents.ByIDs(ctx, []models.ID{actor.ID, c.SubjectID})
	if err != nil || people[actor.ID] == nil || people[c.SubjectID] == nil {
		return "", err
	}
	return people[actor.ID].DisplayName() + " 代 " + people[c.SubjectID].DisplayName(), nil
}
