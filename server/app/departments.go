package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/server/connector"
)

// departments lets rooms ask departments' systems without knowing how they are reached.
type departments struct {
	directory *connector.Directory
	identity  *identity.Service
	residents *resident.Service
	materials *material.Service
	logger    *slog.Logger
}

func (d *departments) Authority() string   { return d.directory.IdentityAuthority() }
func (d *departments) Connected() []string { return d.directory.Connected() }

// Resolve asks a department who a person is.
func (d *departments) Resolve(ctx context.Context, grounds identity.Grounds, department string, id models.NationalID, name models.PersonName) (*identity.Resolved, error) {
	client, err := d.directory.Client(department)
	if err != nil {
		return nil, err
	}
	subject, err := client.Resolve(ctx, grounds, connector.ResolveRequest{NationalID: id, Name: name})
	switch {
	case errors.Is(err, connector.ErrNotFound):
		return nil, identity.ErrNotFound
	case errors.Is(err, connector.ErrMismatch):
		return nil, identity.ErrMismatch
	case err != nil:
		d.logger.WarnContext(ctx, "department did not resolve", "department", department, "error", err)
		return nil, err
	}
	return resolved(subject), nil
}

func resolved(subject *connector.Subject) *identity.Resolved {
	said := subject.Attributes
	answer := &identity.Resolved{
		Subject: subject.ID, BirthDate: said.BirthDate, Gender: said.Gender, Region: said.Region, Residence: said.Residence,
		Address: said.Address, Phone: said.Phone, Groups: said.Groups,
	}
	for _, member := range said.Household {
		answer.Household = append(answer.Household, identity.Member{Name: member.Name, NationalID: member.NationalID, Relation: member.Relation})
	}
	return answer
}

// VerifyProof asks the identity authority about a second proof.
func (d *departments) VerifyProof(ctx context.Context, grounds identity.Grounds, id models.NationalID, name models.PersonName, kind identity.ProofKind, token string) (bool, error) {
	client, err := d.directory.Client(d.Authority())
	if err != nil {
		return false, err
	}
	wire := connector.ProofFace
	if kind == identity.Window {
		wire = connector.ProofWindow
	}
	err = client.VerifyProof(ctx, grounds, connector.ProofRequest{NationalID: id, Name: name, Kind: wire, Token: token})
	if errors.Is(err, connector.ErrMismatch) || errors.Is(err, connector.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// FetchMaterial asks a material's issuer for a resident's document and stores its file.
func (d *departments) FetchMaterial(ctx context.Context, request casework.FetchRequest) (*casework.Fetched, error) {
	client, err := d.directory.Client(request.DepartmentCode)
	if err != nil {
		return nil, casework.ErrNoDepartment
	}
	grounds, err := d.grounds(ctx, request)
	if err != nil {
		return nil, err
	}
	subject, err := d.subject(ctx, grounds, request)
	if err != nil {
		return nil, err
	}
	document, err := client.FetchMaterial(ctx, grounds, connector.MaterialRequest{
		Subject: subject, Material: request.Material.Code, Purpose: request.Purpose, Application: string(request.ApplicationID),
		Sensitive: request.Material.Sensitive,
	})
	if errors.Is(err, connector.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", request.Material.Code, err)
	}
	if _, err := d.grounds(ctx, request); err != nil { // taken back while the department was answering
		return nil, err
	}
	person, err := d.residents.ByID(ctx, request.ResidentID)
	if err != nil {
		return nil, err
	}
	if document.OfAnother(subject, person.NationalID) {
		return nil, fmt.Errorf("fetch %s: department %s answered with another person's document", request.Material.Code, request.DepartmentCode)
	}
	fetched := &casework.Fetched{
		Department: request.DepartmentCode, Number: document.Number, IssuedOn: document.IssuedOn, ExpiresOn: document.ExpiresOn, Fields: document.Fields,
	}
	if document.File == nil {
		return fetched, nil
	}
	file, problems, err := d.materials.StoreFile(ctx, request.ResidentID, document.File.Name, document.File.Content)
	if err != nil {
		return nil, err
	}
	if len(problems) == 0 { // a file that is none of ours: the record stands without it
		fetched.FileID = file.ID
	}
	return fetched, nil
}

// grounds are those for asking for a paper; casework.Withheld where somebody did not agree to it.
func (d *departments) grounds(ctx context.Context, request casework.FetchRequest) (identity.Grounds, error) {
	grounds, err := d.identity.MayFetch(ctx, identity.Question{
		Person: request.ResidentID, Applicant: request.ApplicantID, Sensitive: request.Material.Sensitive,
	})
	var withheld *identity.Withheld
	if errors.As(err, &withheld) {
		return grounds, &casework.Withheld{Purpose: withheld.Purpose, Words: withheld.Words(), ToHelper: identity.ToHelper()}
	}
	return grounds, err
}

// subject is the resident's identifier at a department: from the link that binding made, or for a dependant, who has no
// binding of its own, asked for on the guardian's behalf.
func (d *departments) subject(ctx context.Context, grounds identity.Grounds, request casework.FetchRequest) (string, error) {
	subject, found, err := d.identity.Subject(ctx, request.ResidentID, request.DepartmentCode)
	if err != nil || found {
		return subject, err
	}
	person, err := d.residents.ByID(ctx, request.ResidentID)
	if err != nil {
		return "", err
	}
	if !person.Bound() {
		return d.dependantSubject(ctx, grounds, person, request.DepartmentCode)
	}
	binding, err := d.identity.Describe(ctx, person)
	if err != nil {
		return "", err
	}
	for _, link := range binding.Links {
		if link.DepartmentCode == request.DepartmentCode && link.Status == identity.Pending {
			return "", fmt.Errorf("%s has not answered about the identity yet", request.DepartmentCode)
		}
	}
	return "", casework.ErrNoDepartment
}

// wardSubject is what a department calls a minor, asked for on the consent of the guardian who applies; ward is false where the person
// is nobody's ward or the guardian has not agreed.
func (d *departments) wardSubject(ctx context.Context, guardian, minor models.ID, department string) (subject string, ward bool, err error) {
	person, err := d.residents.ByID(ctx, minor)
	if err != nil || person.Bound() {
		return "", false, err
	}
	grounds, err := d.identity.MayFetch(ctx, identity.Question{Person: minor, Applicant: guardian})
	var withheld *identity.Withheld
	if errors.As(err, &withheld) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	subject, err = d.dependantSubject(ctx, grounds, person, department)
	if errors.Is(err, casework.ErrNoDepartment) {
		return "", true, nil
	}
	return subject, true, err
}

func (d *departments) dependantSubject(ctx context.Context, grounds identity.Grounds, person *resident.Resident, department string) (string, error) {
	if person.NationalID.IsZero() {
		return "", casework.ErrNoDepartment
	}
	answer, err := d.Resolve(ctx, grounds, department, person.NationalID, person.Name)
	if errors.Is(err, identity.ErrNotFound) || errors.Is(err, identity.ErrMismatch) {
		return "", casework.ErrNoDepartment
	}
	if err != nil {
		return "", err
	}
	return answer.Subject, nil
}

// fit says all that keeps connections from being used.
func (a *App) fit(connections *connector.Connections, reach *connector.Reach) error {
	var faults []error
	linked := false
	for _, connection := range connections.Connections {
		if err := reach.Check(connection.URL); err != nil {
			faults = append(faults, fmt.Errorf("ONEWINDOW_DEPARTMENT_HOSTS: the URL of department %s: %w", connection.Department, err))
		}
		_, known := a.catalogue.Current().Department(connection.Department)
		if !known && connection.Department != connections.IdentityAuthority {
			faults = append(faults, fmt.Errorf("ONEWINDOW_CONNECTIONS: department %s is not in the catalogue", connection.Department))
		}
		linked = linked || connection.HandlesCases
	}
	if linked && !a.config.Demo && a.config.PublicURL == "http://"+a.config.Addr {
		faults = append(faults, errors.New("ONEWINDOW_PUBLIC_URL: required: departments that handle cases are given links to files there"))
	}
	return errors.Join(faults...)
}

// reach is where departments may be: outside demo mode the allow-list, and nothing else.
func (a *App) reach() (*connector.Reach, error) {
	if a.config.Demo && (len(a.config.DepartmentHosts) == 0 || a.config.Connections == "") {
		return nil, nil //nolint:nilnil // nil is a demo's reach: anywhere
	}
	reach, err := connector.ParseReach(a.config.DepartmentHosts)
	if err != nil {
		return nil, fmt.Errorf("ONEWINDOW_DEPARTMENT_HOSTS: %w", err)
	}
	return reach, nil
}
