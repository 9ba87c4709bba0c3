package app_test

import "testing"

// A volunteer whose enrolment is cut short helps no longer than that, whatever was agreed to before.
func TestAShorterEnrolmentShortensTheHelp(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person := c.resident(t, "r08")
		helper, _ := c.volunteer(t, "r05")
		help := c.helps(t, helper, person, []string{"FILL", "TRACK"}, "old-age-allowance")
		done(t, c.staff(t, "zhang-desk"), enrolVolunteer, vars{
			"phone": helper.phone, "servicePoint": vars{"code": "wenxin-01", "name": "文新街道便民服务点"}, "until": "2026-03-03",
		})
		again := done(t, c.staff(t, "zhang-desk"), enrolVolunteer, vars{ // longer again gives nothing back
			"phone": helper.phone, "servicePoint": vars{"code": "wenxin-01", "name": "文新街道便民服务点"}, "until": "2026-12-31",
		})
		if again.Volunteer.Helping != 1 {
			t.Errorf("helping %d", again.Volunteer.Helping)
		}
		start := vars{"itemCode": "old-age-allowance", "onBehalfOf": help.Grantor.ID}
		c.advanceTo(t, "2026-03-03T12:00")
		change(t, helper, "StartApplication", start)
		c.advanceTo(t, "2026-03-04T09:00")
		refused(t, helper, "StartApplication", input(start), notFound)
	})
}
