package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/server/demo"
)

// guest is somebody who has not signed in.
func (c *city) guest() *visitor { return &visitor{url: c.url, locale: "zh"} }

// resident signs a sample resident in with the code from the outbox and binds the identity; once for each city, because a
// phone gets one code a minute.
func (c *city) resident(t *testing.T, id string) *visitor {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known := c.signedIn[id]; known != nil {
		return known
	}
	person := c.people.Resident(id)
	if person == nil {
		t.Fatalf("there is no sample resident %s", id)
	}
	signedIn := c.signIn(t, person.Phone.Reveal())
	bound := change(t, signedIn, "BindIdentity", vars{
		"name": person.Name.Reveal(), "nationalId": person.NationalID.Reveal(),
		"consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
	})
	if bound.Identity.Status != "BOUND" {
		t.Fatalf("%s is %s after binding", id, bound.Identity.Status)
	}
	c.signedIn[id] = signedIn
	return signedIn
}

// signIn signs a phone in.
func (c *city) signIn(t *testing.T, phone string) *visitor {
	t.Helper()
	guest := c.guest()
	change(t, guest, "RequestLoginCode", vars{"phone": phone})
	login := change(t, guest, "Login", vars{"phone": phone, "code": c.code(t, phone)})
	if login.Session == nil {
		t.Fatalf("no session after signing in")
	}
	return &visitor{url: c.url, locale: "zh", token: login.Session.AccessToken, phone: phone}
}

// code waits for the sign-in code that a phone was sent.
func (c *city) code(t *testing.T, phone string) string {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		sent := c.outbox(t, "sms", phone)
		for _, sms := range slices.Backward(sent) {
			if sms.Template == "login-code" {
				return sms.Data["code"]
			}
		}
	}
	t.Fatal("no sign-in code was sent")
	return ""
}

// staff signs a member of the demo staff in, once for each city.
func (c *city) staff(t *testing.T, username string) *visitor {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known := c.signedIn[username]; known != nil {
		return known
	}
	signedIn := change(t, c.guest(), "StaffSignIn", vars{"username": username, "password": demo.StaffPassword})
	if signedIn.Session == nil {
		t.Fatalf("no session for %s", username)
	}
	c.signedIn[username] = &visitor{url: c.url, locale: "zh", token: signedIn.Session.AccessToken}
	return c.signedIn[username]
}

// worker finds who of the demo staff does a role's work in a department.
func (c *city) worker(t *testing.T, department string, role models.Role) *visitor {
	t.Helper()
	for _, account := range c.roster.Staff {
		if account.Department == department && slices.Contains(account.Roles, role) {
			return c.staff(t, account.Username)
		}
	}
	t.Fatalf("nobody of the demo staff is %s in %s", role, department)
	return nil
}

// openTask finds the open task of an application's step in the worklist of a member of the staff.
func openTask(t *testing.T, v *visitor, applicationID, stepID string) task {
	t.Helper()
	var after any
	for {
		page := ask[connection[task]](t, v, "Worklist", vars{"state": "OPEN", "first": 50, "after": after})
		for _, found := range page.nodes() {
			if found.Application.ID == applicationID && found.Step != nil && found.Step.ID == stepID {
				return found
			}
		}
		if !page.PageInfo.HasNextPage {
			t.Fatalf("the step %s is not in the worklist", stepID)
		}
		after = *page.PageInfo.EndCursor
	}
}

// progress is an application as its applicant sees it.
func progress(t *testing.T, v *visitor, number string) application {
	t.Helper()
	return ask[application](t, v, "Progress", vars{"number": number, "first": 100})
}

// upload hands a paper in for a requirement, in a format that the material takes.
func upload(t *testing.T, v *visitor, applicationID string, wanted requirement, extra vars) requirement {
	t.Helper()
	name, content := wanted.Material.Code+".pdf", samplePDF(applicationID+" "+wanted.Material.Code)
	if wanted.Material.Code == "photo-id" {
		name, content = "photo.jpg", sampleJPEG(t)
	}
	fields := vars{"applicationId": applicationID, "requirementId": wanted.ID}
	for key, value := range extra {
		fields[key] = value
	}
	got := read[payload](t, "AttachMaterial", v.attach(t, fields, name, content))
	if len(got.Problems) > 0 {
		t.Fatalf("%s was not taken: %+v", wanted.Material.Code, got.Problems)
	}
	return got.Requirement
}

// refusalOf is the code and message of an answer's one error.
func refusalOf(got answer) (code, message string) {
	if len(got.Errors) != 1 {
		return "", got.Raw
	}
	code, _ = got.Errors[0].Extensions["code"].(string)
	return code, got.Errors[0].Message
}

// ok tells that an answer is one without errors.
func (a answer) ok() bool { return a.Status == http.StatusOK && len(a.Errors) == 0 }
