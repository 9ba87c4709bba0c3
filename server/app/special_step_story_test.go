package app_test

import "testing"

// A special step stands still only with its notice, for a time that makes sense, once at a time, and by its own department.
func TestASpecialStepNeedsItsNotice(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		clerk := c.staff(t, "li-police")
		task := openTask(t, clerk, accepted.ID, accepted.ID+".check").ID
		hearing := func(more vars) vars {
			fields := vars{"taskId": task, "reason": "听证", "noticeNumber": "杭公听〔2026〕1号", "until": "2026-03-20"}
			for key, value := range more {
				fields[key] = value
			}
			return fields
		}
		c.unchanged(t, func() {
			problematic(t, clerk, sendInput(t, "SuspendStep", hearing(vars{"noticeNumber": nil})),
				mend{"REQUIRED", "暂停计时须有书面通知书编号", "The clock stops only with the number of a written notice", "noticeNumber"})
			problematic(t, clerk, sendInput(t, "SuspendStep", hearing(vars{"until": "2026-03-01"})),
				mend{"FORMAT", "预计结束日期不能早于今天", "The expected end cannot lie before today", "until"})
			if code, _ := refusalOf(clerk.send(t, "SuspendStep", input(hearing(vars{"reason": nil})))); code != "BAD_USER_INPUT" {
				t.Errorf("null for what must be there is answered %q", code)
			}
			refused(t, c.staff(t, "sun-civil"), "SuspendStep", input(hearing(nil)), notFound)
		})
		before := progress(t, mother, accepted.Number)
		change(t, clerk, "SuspendStep", hearing(nil))
		still := refusal{status: 200, code: "CONFLICT", current: "SUSPENDED", chinese: "该环节当前不在办理中", english: "This step is not being worked on now"}
		c.unchanged(t, func() {
			refused(t, clerk, "SuspendStep", input(hearing(nil)), still)
			refused(t, clerk, "RequestSupplement", input(vars{"applicationId": accepted.ID, "items": []vars{{"requirementId": accepted.ID + ".birth-certificate"}}}), still)
			refused(t, c.staff(t, "sun-civil"), "ResumeStep", input(vars{"taskId": task}), notFound)
		})
		c.advanceTo(t, "2026-03-09T09:00")
		change(t, clerk, "ResumeStep", vars{"taskId": task})
		if after := progress(t, mother, accepted.Number); !after.DueAt.After(*before.DueAt) || len(told(t, mother, "STEP_SUSPENDED")) != 1 {
			t.Errorf("due %v before and %v after", before.DueAt, after.DueAt)
		}
		again := still
		again.current = "ACTIVE"
		c.unchanged(t, func() { refused(t, clerk, "ResumeStep", input(vars{"taskId": task}), again) })
	})
}
