package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/server/connector"
	"onewindow/server/connector/sim"
	"onewindow/server/demo"
)

// simulate starts a simulated system for every department of the catalogue. They speak the department protocol over real HTTP.
func (a *App) simulate(ctx context.Context) (*connector.Connections, error) {
	population, err := demo.Residents()
	if err != nil {
		return nil, fmt.Errorf("sample residents: %w", err)
	}
	installed := a.catalogue.Current()
	settings := sim.Config{
		Issuers: map[string]string{}, Results: map[sim.Step]sim.Result{}, Residents: population, DataDir: a.config.Data, Clock: a.clock, Logger: a.logger,
		EventsBaseURL: func() string { return "http://" + a.Address() },
	}
	for _, department := range installed.Departments() {
		settings.Departments = append(settings.Departments, department.Code)
	}
	if !slices.Contains(settings.Departments, sim.IdentityAuthority) { // another city's catalogue: somebody still has to prove identities
		settings.Departments = append(settings.Departments, sim.IdentityAuthority)
	}
	for _, material := range installed.Materials() {
		settings.Issuers[material.Code] = material.Issuer.Code
	}
	for _, item := range installed.Items() {
		if step := issuingStep(item); step != "" && len(item.Results) > 0 {
			result := item.Results[0]
			settings.Results[sim.Step{Item: item.Code, Step: step}] = sim.Result{Material: result.Material.Code, ValidForMonths: result.ValidForMonths}
		}
	}
	a.simulation, err = sim.Start(ctx, settings)
	if err != nil {
		return nil, err
	}
	a.onClose(a.simulation.Close)
	return a.simulation.Connections(), nil
}

// issuingStep is the step with which the result comes: the one that nothing waits for.
func issuingStep(item *catalogue.Item) string {
	for _, step := range item.Steps {
		if len(item.Successors(step.ID)) == 0 {
			return step.ID
		}
	}
	return ""
}

// prepareDemo installs the demo's staff accounts.
func (a *App) prepareDemo(ctx context.Context) error {
	if !a.config.Demo {
		return nil
	}
	roster, err := demo.Staff()
	if err != nil {
		return fmt.Errorf("demo staff: %w", err)
	}
	seeds := make([]auth.StaffSeed, 0, len(roster.Staff))
	for _, account := range roster.Staff {
		seeds = append(seeds, auth.StaffSeed{
			Username: account.Username, DisplayName: account.Name.Reveal(), DepartmentCode: account.Department, Roles: account.Roles,
			CityReach: account.CityReach, Password: demo.StaffPassword,
		})
	}
	for _, volunteer := range roster.Volunteers {
		seeds = append(seeds, auth.StaffSeed{
			Username: volunteer.Username, DisplayName: volunteer.Name.Reveal(), DepartmentCode: demo.VolunteersDepartment,
			Roles: []models.Role{models.HelpsOthers}, Password: demo.StaffPassword,
		})
	}
	if err := a.auth.InstallStaff(ctx, seeds); err != nil {
		return err
	}
	err = errors.Join(a.demoVolunteers(ctx, roster.Volunteers), a.demoPapers(ctx))
	if err != nil { // a database that was written with another key file: the house opens without these people
		a.logger.WarnContext(ctx, "demo: volunteers and powers on paper not entered: is this the database's key file?", "error", err)
	}
	return nil
}

// demoPapers enters what sample residents have signed on paper for those who act for them.
func (a *App) demoPapers(ctx context.Context) error {
	people, err := demo.Residents()
	if err != nil {
		return fmt.Errorf("sample residents: %w", err)
	}
	signatory := func(id string) delegation.Signatory {
		person := people.Resident(id)
		return delegation.Signatory{Name: person.Name, NationalID: person.NationalID, Phone: person.Phone}
	}
	papers := make([]delegation.OnPaper, len(people.Agents))
	for i, agency := range people.Agents {
		papers[i] = delegation.OnPaper{
			ID:        models.ID(uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, "paper ", agency.Principal, " ", agency.Agent)).String()),
			Principal: signatory(agency.Principal), Agent: signatory(agency.Agent), ItemCodes: agency.Items,
			Powers: []delegation.Power{delegation.Fill, delegation.Submit, delegation.Track}, Until: agency.Until,
		}
	}
	return a.delegations.EnterPapers(ctx, papers)
}

// demoVolunteers gives each account its service point; points of one name are one.
func (a *App) demoVolunteers(ctx context.Context, volunteers []*demo.Volunteer) error {
	posts, points := make([]delegation.Post, len(volunteers)), map[string]string{}
	for i, volunteer := range volunteers {
		account, err := a.auth.StaffByUsername(ctx, volunteer.Username)
		if err != nil {
			return err
		}
		if account == nil {
			return fmt.Errorf("there is no account for the volunteer %s", volunteer.Username)
		}
		if points[volunteer.ServicePoint] == "" {
			points[volunteer.ServicePoint] = fmt.Sprintf("demo-point-%02d", len(points)+1)
		}
		posts[i] = delegation.Post{
			AccountID: account.ID, Name: volunteer.Name,
			Point: delegation.ServicePoint{Code: points[volunteer.ServicePoint], Name: volunteer.ServicePoint, Department: demo.VolunteersDepartment},
		}
	}
	return a.delegations.Accounts(ctx, posts)
}

// Welcome says where to click, whom to log in as, and how to stop.
func (a *App) Welcome(writer io.Writer) {
	if !a.config.Demo {
		return
	}
	base := "http://" + a.Address()
	now := a.clock.Now().In(models.Zone).Format("2006-01-02 15:04")
	_, _ = fmt.Fprintf(writer, `OneWindow 一窗 · 演示模式 demo mode · 时钟 clock %s
  打开 open      %s/graphiql   (接口 API %s/graphql, 结构 schema %s/schema.graphql)
  居民 resident  手机 phone 13800000005, 吴清明 330109199704059968; 验证码在 code in %s/outbox/sms.jsonl
  工作人员 staff zhang-desk, li-police, wang-police …, 志愿者 volunteer vol-qian; 密码 password %s
  走一遍 tour    go run ./tools/demo -url %s -data %s
  停止 stop      Ctrl-C
`, now, base, base, base, a.config.Data, demo.StaffPassword, base, a.config.Data)
}
