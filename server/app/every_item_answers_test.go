package app_test

// fitting is a sample resident for whom an item is meant, and the answers that make its conditions hold. What is not said
// here is answered as anybody would: the first choice, "no", one, a recent day.
type fitting struct {
	resident string
	// child is the sample resident on whose behalf it is applied for; "": for oneself.
	child   string
	answers map[string]string
}

// theNewborn are the facts of the child without a number in the sample data.
func theNewborn(further map[string]string) map[string]string {
	answers := map[string]string{
		"child_name": "陈惊春", "child_gender": "male", "birth_date": "2026-02-27", "birthplace": "330110", "settle_region": "330110",
		"father_name": "陈春分", "father_id": "330110199503219975", "hospital": "样例医院",
	}
	for key, value := range further {
		answers[key] = value
	}
	return answers
}

// theRestaurant are the facts of the restaurant that a veteran is about to open.
func theRestaurant(further map[string]string) map[string]string {
	answers := map[string]string{
		"business_name": "杭州样例小吃店", "premises_region": "330106", "premises_address": "西湖区样例路13号", "premises_area": "350",
		"trade": "catering", "employees": "3",
	}
	for key, value := range further {
		answers[key] = value
	}
	return answers
}

// everyItem says for each of the catalogue's items who applies for it.
var everyItem = map[string]fitting{
	"birth-certificate":      {resident: "r06", answers: theNewborn(map[string]string{"father_known": "true"})},
	"birth-registration":     {resident: "r06", answers: theNewborn(map[string]string{"born_in_wedlock": "true", "same_ethnicity": "true"})},
	"childbirth-benefit":     {resident: "r06", answers: theNewborn(map[string]string{"employer_paid": "true"})},
	"disability-certificate": {resident: "r10", answers: map[string]string{"disability_type": "physical", "treatment_ended": "true"}},
	"disability-insurance-aid": {resident: "r10", answers: map[string]string{
		"disability_type": "physical", "disability_level": "2", "insurance_year": "2026"}},
	"disability-subsidies": {resident: "r10", answers: map[string]string{
		"disability_type": "physical", "disability_level": "2", "want_care": "true"}},
	"drainage-permit":                      {resident: "r29", answers: theRestaurant(map[string]string{"separate_drains": "true", "grease_trap": "true"})},
	"elderly-card":                         {resident: "r04"},
	"employer-insurance-registration":      {resident: "r29", answers: theRestaurant(nil)},
	"employment-hardship-recognition":      {resident: "r27", answers: map[string]string{"ground": "zero", "unemployed": "true", "wants_work": "true"}},
	"fire-safety-inspection":               {resident: "r29", answers: theRestaurant(map[string]string{"building_accepted": "true"})},
	"flexible-employment-insurance":        {resident: "r27", answers: map[string]string{"work_kind": "platform", "pension": "true", "medical": "true"}},
	"food-business-licence":                {resident: "r29", answers: theRestaurant(map[string]string{"has_food_manager": "true", "pollution_distance": "30"})},
	"food-handler-health-certificate":      {resident: "r29"},
	"home-elderly-care":                    {resident: "r04", answers: map[string]string{"need_meals": "true"}},
	"household-move-in":                    {resident: "r22", answers: map[string]string{"kind": "spouse", "married_on": "2020-08-25"}},
	"id-card-replacement":                  {resident: "r34", answers: map[string]string{"reason": "expired", "lives_here": "true"}},
	"marriage-registration-appointment":    {resident: "r27", answers: map[string]string{"partner_name": "样例人", "partner_gender": "female", "partner_age": "30", "self_unmarried": "true", "partner_unmarried": "true", "appointment_date": "2026-03-20"}},
	"medical-insurance-newborn":            {resident: "r06", answers: theNewborn(nil)},
	"medical-insurance-retiree":            {resident: "r25", answers: map[string]string{"in_force": "true", "medical_years": "30", "make_up": "none"}},
	"minimum-living-allowance":             {resident: "r19", answers: map[string]string{"household_income": "2400.50", "household_assets": "0", "dwellings": "0", "reason": "age"}},
	"old-age-allowance":                    {resident: "r08"},
	"outdoor-sign-filing":                  {resident: "r29", answers: theRestaurant(map[string]string{"on_own_premises": "true", "sign_width": "3.5", "sign_height": "1"})},
	"outpatient-chronic-disease":           {resident: "r08", answers: map[string]string{"remind_follow_up": "true"}},
	"primary-school-enrolment":             {resident: "r12", child: "r15", answers: map[string]string{"child_name": "卫白露", "child_gender": "female", "child_id": "330113202008319964", "birth_date": "2020-08-31", "child_region": "330113", "parent_name": "卫立秋"}},
	"provident-fund-rent-withdrawal":       {resident: "r05", answers: map[string]string{"months_paid": "12", "months": "3", "amount": "4500"}},
	"provident-fund-retirement-withdrawal": {resident: "r25"},
	"public-rental-housing":                {resident: "r19", answers: map[string]string{"household_kind": "low", "annual_income": "36000", "housing_area": "0"}},
	"remote-medical-filing":                {resident: "r25", answers: map[string]string{"insured_here": "true", "treat_region": "310101", "by_commitment": "true"}},
	"residence-permit":                     {resident: "r22", answers: map[string]string{"ground": "employment", "registered_on": "2025-04-02"}},
	"residence-registration":               {resident: "r28", answers: map[string]string{"stay_days": "180", "housing_kind": "rented"}},
	"retiree-community-registration":       {resident: "r25"},
	"retirement":                           {resident: "r25", answers: map[string]string{"retire_date": "2026-05-31", "paid_months": "408"}},
	"road-occupation-permit":               {resident: "r29", answers: theRestaurant(map[string]string{"start_date": "2026-03-20", "end_date": "2026-04-20"})},
	"seal-engraving-filing":                {resident: "r29", answers: theRestaurant(map[string]string{"seal_official": "true"})},
	"social-security-card":                 {resident: "r33", answers: map[string]string{"insured_here": "true"}},
	"sole-trader-registration":             {resident: "r29", answers: theRestaurant(map[string]string{"premises_kind": "rented"})},
	"tax-registration":                     {resident: "r29", answers: theRestaurant(map[string]string{"tax_agent_name": "样例人"})},
	"unemployment-benefit":                 {resident: "r27", answers: map[string]string{"paid_months": "131", "registered": "true", "seeks_work": "true"}},
	"vaccination-certificate":              {resident: "r06", answers: theNewborn(nil)},
	"veteran-card":                         {resident: "r16", answers: map[string]string{"filed": "true"}},
}

// plainAnswer is what anybody would answer to a question of a type.
func plainAnswer(asked formField) string {
	switch asked.Key {
	case "bank_account":
		return "6222021202000000000"
	case "guardian_name", "host_name", "contact_name", "agent_name", "operator_name", "child_name":
		return "样例人"
	}
	switch asked.Type {
	case "CHOICE":
		return asked.Choices[0].Value
	case "BOOLEAN":
		return "false"
	case "INTEGER", "DECIMAL":
		return "1"
	case "DATE":
		return "2026-02-20"
	case "REGION":
		return "330106"
	case "PHONE":
		return "13800000001"
	case "NATIONAL_ID":
		return "330106199002049977"
	}
	return "样例路1号"
}
