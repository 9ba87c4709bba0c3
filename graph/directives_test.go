package graph_test

import (
	"context"
	"errors"
	"testing"

	"onewindow/auth"
	"onewindow/graph"
	"onewindow/models"
)

func TestADoorIsOpenToItsRolesAlone(t *testing.T) {
	reviewer := models.Actor{Kind: models.Staff, Roles: []models.Role{models.Reviewer}}
	resident := models.Actor{Kind: models.Resident, ID: "r"}
	cases := []struct {
		name  string
		actor *models.Actor
		to    []auth.AccessRole
		want  models.FaultCode
	}{
		{"a resident at a resident's door", &resident, []auth.AccessRole{auth.AccessResident}, ""},
		{"a reviewer at one of two doors", &reviewer, []auth.AccessRole{auth.AccessApprover, auth.AccessReviewer}, ""},
		{"a resident at a reviewer's door", &resident, []auth.AccessRole{auth.AccessReviewer}, models.Forbidden},
		{"nobody was set", nil, []auth.AccessRole{auth.AccessResident}, models.Unauthenticated},
		{"a door without roles", &resident, nil, models.Forbidden},
		{"a role that the table does not know", &resident, []auth.AccessRole{"NOBODY"}, models.Forbidden},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.actor != nil {
				ctx = graph.WithActor(ctx, *c.actor)
			}
			passed := false
			_, err := graph.Access(ctx, nil, func(context.Context) (any, error) { passed = true; return nil, nil }, c.to)
			var fault *models.Fault
			if c.want == "" && (err != nil || !passed) {
				t.Errorf("refused: %v", err)
			}
			if c.want != "" && (passed || !errors.As(err, &fault) || fault.Code != c.want) {
				t.Errorf("got %v, passed %v", err, passed)
			}
		})
	}
}
