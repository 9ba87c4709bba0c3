package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/auth"
	"onewindow/graph/caller"
	"onewindow/graph/payload"
	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// later is the answer of what the schema promises and a later version brings: never a made-up value.
func later(chinese, english string) error { return models.Unavailable(models.T(chinese, english)) }

func kioskLater() error {
	return later("自助终端尚未开通", "Kiosks are not open yet")
}

func callCentreLater() error {
	return later("坐席功能尚未开通", "The call centre's desk is not open yet")
}

// value gives what an optional argument points to, or nothing.
func value[T any](pointer *T) T {
	if pointer == nil {
		var nothing T
		return nothing
	}
	return *pointer
}

// asked tells whether the client asked for a field of the list, so that what costs a statement is not done for nothing.
func asked(ctx context.Context, field string) bool {
	for _, collected := range graphql.CollectFieldsCtx(ctx, nil) {
		if collected.Name == field {
			return true
		}
	}
	return false
}

// department names a department; one that the city's catalogue does not know (any more) goes by its code.
func (r *Resolver) department(code string) *catalogue.Department {
	department, known := r.Catalogue.Current().Department(code)
	if !known && code != "" {
		department = &catalogue.Department{Code: code, Name: models.T(code, code)}
	}
	return department
}

func staffMember(member *auth.StaffMember) *casework.StaffMember {
	if member == nil {
		return nil
	}
	shown := &casework.StaffMember{
		ID: member.ID, Username: member.Username, DisplayName: member.DisplayName, DepartmentCode: member.DepartmentCode,
		Roles: make([]string, len(member.Roles)),
	}
	for i, role := range member.Roles {
		shown.Roles[i] = string(role)
	}
	return shown
}

func taskAnswer(task *casework.Task, problems []*models.Problem) *payload.Task {
	answer := &payload.Task{Task: task, Problems: problems}
	if task != nil {
		answer.Application = task.Application
	}
	return answer
}

// row is one of a list, which points to an application.
type row[T any] interface{ Lot() *models.Lot[T] }

// applicationsOf gives the rows of a list the applications that they point to, with one look for all that were read together.
func applicationsOf[T row[T]](ctx context.Context, r *Resolver, rows []T, id func(T) models.ID) ([]*casework.Application, error) {
	applications := make([]*casework.Application, len(rows))
	for i, one := range rows {
		found, err := models.OfLot(one.Lot(), "applications", func(all []T) (map[models.ID]*casework.Application, error) {
			var ids []models.ID
			for _, each := range all {
				if of := id(each); of != "" {
					ids = append(ids, of)
				}
			}
			return r.Casework.ByIDs(ctx, caller.ActorFrom(ctx), ids)
		})
		if err != nil {
			return nil, err
		}
		applications[i] = found[id(one)]
	}
	return applications, nil
}

// attachment takes the uploaded file in, or names one that came by POST /files before.
func (r *Resolver) attachment(ctx context.Context, actor models.Actor, input payload.AttachMaterial) (casework.Attachment, []*models.Problem, error) {
	attachment := casework.Attachment{
		FileID: value(input.FileID), FileOwnerID: actor.PersonID(), Number: input.Number, IssuedOn: input.IssuedOn, ExpiresOn: input.ExpiresOn,
	}
	if input.File == nil {
		return attachment, nil, nil
	}
	file, problems, err := r.Materials.Upload(ctx, actor, actor.PersonID(), input.File.Filename, input.File.File)
	if err != nil || len(problems) > 0 {
		return attachment, problems, err
	}
	attachment.FileID = file.ID
	return attachment, nil, nil
}
