package app_test

import "testing"

// A case that cannot be moved holds nobody back: the others of its lot are taken on when their days have passed, and it is
// tried again when an hour has passed.
func TestACaseThatCannotBeMovedHoldsNobodyBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		*c.faulty = true
		mother := c.resident(t, "r06")
		var submitted []application
		for range 5 {
			submitted = append(submitted, submitBirthRegistration(t, c))
		}
		poisoned := submitted[2]
		c.execute(t, "UPDATE casework_applications SET item_version = 999 WHERE id = ?", poisoned.ID)
		c.advance(t, "1080h")
		for _, one := range submitted {
			if one.ID == poisoned.ID {
				continue
			}
			if got := progress(t, mother, one.Number).State; got != "IN_REVIEW" {
				t.Errorf("%s is %s after its days have passed", one.Number, got)
			}
		}
		c.execute(t, "UPDATE casework_applications SET item_version = (SELECT min(item_version) FROM casework_applications) WHERE id = ?", poisoned.ID)
		c.advance(t, "1m")
		if got := progress(t, mother, poisoned.Number).State; got != "SUBMITTED" {
			t.Errorf("it was tried again at once: %s", got)
		}
		c.advance(t, "61m")
		if got := progress(t, mother, poisoned.Number).State; got != "IN_REVIEW" {
			t.Errorf("it is %s when it was tried again", got)
		}
	})
}

// execute changes the database behind the system's back.
func (c *city) execute(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	if err := c.store.Reader(t.Context()).Exec(statement, arguments...).Error; err != nil {
		t.Fatal(err)
	}
}
