package express

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/auth"
	"onewindow/graph/caller"
	"onewindow/models"
	"onewindow/models/casework"
)

// mostPlans bounds what is remembered; residents' clients send a handful of documents.
const mostPlans = 64

// Schema is the generated schema with the two questions answered beforehand.
type Schema struct {
	graphql.ExecutableSchema
	cases *casework.Service
	plans plans
	// doors are the roles that the schema's @access lets through to each question.
	doors map[string][]auth.AccessRole
}

// New puts the fast answers before a schema.
func New(schema graphql.ExecutableSchema, cases *casework.Service) *Schema {
	s := &Schema{ExecutableSchema: schema, cases: cases, plans: plans{known: map[*ast.OperationDefinition]plan{}}, doors: map[string][]auth.AccessRole{}}
	for _, field := range schema.Schema().Query.Fields {
		s.doors[field.Name] = rolesOf(field)
	}
	return s
}

// rolesOf reads the @access of a field: the fast way asks the same policy table at the same door.
func rolesOf(field *ast.FieldDefinition) []auth.AccessRole {
	access := field.Directives.ForName("access")
	if access == nil || access.Arguments.ForName("to") == nil {
		return nil
	}
	var roles []auth.AccessRole
	for _, role := range access.Arguments.ForName("to").Value.Children {
		roles = append(roles, auth.AccessRole(role.Value.Raw))
	}
	return roles
}

// Exec answers what it can, and leaves the rest to the executor.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	actor := caller.ActorFrom(ctx)
	if actor.Kind != models.Resident || actor.ID == "" || operation.Operation.Operation != ast.Query {
		return s.ExecutableSchema.Exec(ctx)
	}
	plan := s.plans.of(operation.Operation)
	if plan == nil || auth.Check(actor, s.doors[plan.asks()]) != nil {
		return s.ExecutableSchema.Exec(ctx)
	}
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil // one answer, as of every query
		}
		answered = true
		out := &writer{locale: caller.LocaleFrom(ctx)}
		if !s.answer(ctx, plan, actor, operation.Variables, out) || out.failed {
			return s.ExecutableSchema.Exec(ctx)(ctx)
		}
		return &graphql.Response{Data: out.bytes}
	}
}

// answer runs a plan. A panic is left to the executor too, which comes to the same place and reports it.
func (s *Schema) answer(ctx context.Context, plan plan, actor models.Actor, variables map[string]any, out *writer) (answered bool) {
	defer func() {
		if recover() != nil {
			answered = false
		}
	}()
	return plan.answer(ctx, s.cases, actor, variables, out)
}

// plan is how a document's operation is answered; false: not by us.
type plan interface {
	// asks is the field of Query that is answered.
	asks() string
	answer(ctx context.Context, cases *casework.Service, actor models.Actor, variables map[string]any, out *writer) bool
}

// plans remembers the plans of documents that validated. Documents that we leave to the executor are not kept: to see that
// they are is quick.
type plans struct {
	mutex sync.RWMutex
	known map[*ast.OperationDefinition]plan
}

func (p *plans) of(operation *ast.OperationDefinition) plan {
	p.mutex.RLock()
	found := p.known[operation]
	p.mutex.RUnlock()
	if found != nil {
		return found
	}
	made := planOf(operation)
	if made == nil {
		return nil
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.known) >= mostPlans {
		clear(p.known)
	}
	p.known[operation] = made
	return made
}

// planOf lays out an operation of exactly one field that we know.
func planOf(operation *ast.OperationDefinition) plan {
	roots, ok := flatten(operation.SelectionSet)
	if !ok || len(roots) != 1 || len(operation.Directives) > 0 {
		return nil
	}
	switch roots[0].name {
	case "applicationByNumber":
		return progressPlan(roots[0])
	case "viewer":
		return minePlan(roots[0])
	}
	return nil
}
