package rule

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// The bounds of one rule: no rule of a service item comes near them, and none beyond them is worth reading.
const (
	longestSource = 2_000
	costLimit     = 20_000
	// mostOfForm bounds the rules over one form together, in bytes: compiling takes time.
	mostOfForm = 64 << 10
)

// formType and its like name the object types that make reading an unknown field a compile error.
const (
	formType      = "Form"
	personType    = "Person"
	householdType = "Household"
)

// Compiler compiles rules against forms. It is safe for concurrent use.
type Compiler struct{ base *cel.Env }

// NewCompiler declares the variables that all rules share.
func NewCompiler() (*Compiler, error) {
	env, err := cel.NewEnv(
		cel.Variable("today", cel.TimestampType),
		cel.Variable("channel", cel.StringType),
		cel.Variable("subject", cel.ObjectType(personType)),
		cel.Variable("resident", cel.ObjectType(personType)),
		cel.Variable("applicant", cel.ObjectType(personType)),
		cel.Variable("household", cel.ObjectType(householdType)),
		cel.Variable("form", cel.ObjectType(formType)),
		cel.ParserExpressionSizeLimit(longestSource),
		cel.ParserRecursionLimit(50),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals()),
	)
	if err != nil {
		return nil, fmt.Errorf("declaring the variables of rules: %w", err)
	}
	return &Compiler{base: env}, nil
}

// Environment compiles the rules of one form, one after another.
type Environment struct {
	env *cel.Env
	// compiled counts the bytes of the rules so far.
	compiled int
}

// Environment prepares compiling rules over the fields of one form.
func (c *Compiler) Environment(fields []Field) (*Environment, error) {
	declared := map[string]map[string]*types.Type{
		personType: {
			"age": cel.IntType, "region": cel.StringType, "residence": cel.StringType,
			"gender": cel.StringType, "groups": cel.ListType(cel.StringType),
		},
		householdType: {"size": cel.IntType},
	}
	declare(declared, formType, fields)
	env, err := c.base.Extend(cel.CustomTypeProvider(&provider{Provider: c.base.CELTypeProvider(), declared: declared}))
	if err != nil {
		return nil, fmt.Errorf("declaring a form's fields: %w", err)
	}
	return &Environment{env: env}, nil
}

func declare(declared map[string]map[string]*types.Type, name string, fields []Field) {
	members := map[string]*types.Type{}
	for _, field := range fields {
		switch field.Kind {
		case Integer:
			members[field.Key] = cel.IntType
		case Decimal:
			members[field.Key] = cel.DoubleType
		case Moment:
			members[field.Key] = cel.TimestampType
		case Boolean:
			members[field.Key] = cel.BoolType
		case Texts:
			members[field.Key] = cel.ListType(cel.StringType)
		case Rows:
			row := name + "." + field.Key
			declare(declared, row, field.Fields)
			members[field.Key] = cel.ListType(cel.ObjectType(row))
		default:
			members[field.Key] = cel.StringType
		}
	}
	declared[name] = members
}

// provider knows the object types of one form. The values are plain maps: only the checker needs the types.
type provider struct {
	types.Provider
	declared map[string]map[string]*types.Type
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, found := p.declared[name]; found {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	members, found := p.declared[name]
	if !found {
		return p.Provider.FindStructFieldType(name, field)
	}
	memberType, found := members[field]
	return &types.FieldType{Type: memberType}, found
}

// Rule is a compiled rule.
type Rule struct {
	// Source is the expression as the catalogue has it.
	Source  string
	program cel.Program
	// reads are the answers whose value is read, tests those asked about by has().
	reads, tests map[string]bool
	// looksAtPeople tells whether it reads who somebody is.
	looksAtPeople bool
}

// LooksAtAnswers tells whether the rule reads any answer; one that does not comes to the same in every form.
func (r *Rule) LooksAtAnswers() bool { return r != nil && len(r.reads)+len(r.tests) > 0 }

// LooksAtPeople tells whether the rule reads who somebody is.
func (r *Rule) LooksAtPeople() bool { return r != nil && r.looksAtPeople }

// Compile compiles a rule that says yes or no. The error is a *Refusal where the rule is at fault.
func (e *Environment) Compile(source string) (*Rule, error) { return e.compile(source, types.BoolType) }

// CompileMoment compiles a rule that gives a moment.
func (e *Environment) CompileMoment(source string) (*Rule, error) {
	return e.compile(source, types.TimestampType)
}

func (e *Environment) compile(source string, result *types.Type) (*Rule, error) {
	if len(source) > longestSource {
		return nil, refuse(fmt.Sprintf("规则最多 %d 字节", longestSource), fmt.Sprintf("a rule has at most %d bytes", longestSource))
	}
	if e.compiled += len(source); e.compiled > mostOfForm {
		return nil, refuse(fmt.Sprintf("同一表单的规则合计最多 %d 字节", mostOfForm), fmt.Sprintf("the rules over one form have at most %d bytes together", mostOfForm))
	}
	checked, issues := e.env.Compile(source)
	if issues.Err() != nil {
		return nil, refusalOf(issues)
	}
	if !checked.OutputType().IsExactType(result) {
		return nil, refuseType(checked.OutputType(), result)
	}
	if err := refusePatterns(checked.NativeRep().Expr()); err != nil {
		return nil, err
	}
	program, err := e.env.Program(checked, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(costLimit))
	if err != nil {
		return nil, err
	}
	r := &Rule{Source: source, program: program, reads: map[string]bool{}, tests: map[string]bool{}}
	r.findAnswers(checked.NativeRep().Expr())
	return r, nil
}

// findAnswers notes which answers the rule looks at, and how, and whether it looks at people.
func (r *Rule) findAnswers(expression ast.Expr) {
	ast.PostOrderVisit(expression, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind && slices.Contains([]string{"subject", "resident", "applicant", "household"}, e.AsIdent()) {
			r.looksAtPeople = true
		}
		if e.Kind() != ast.SelectKind {
			return
		}
		selected := e.AsSelect()
		if operand := selected.Operand(); operand.Kind() != ast.IdentKind || operand.AsIdent() != "form" {
			return
		}
		if selected.IsTestOnly() {
			r.tests[selected.FieldName()] = true
		} else {
			r.reads[selected.FieldName()] = true
		}
	}))
}

// Text gives the expression as the catalogue has it; no rule has none.
func (r *Rule) Text() string {
	if r == nil {
		return ""
	}
	return r.Source
}

// Answers gives the keys of all answers that the rule looks at, sorted.
func (r *Rule) Answers() []string {
	if r == nil {
		return nil
	}
	var keys []string
	for key := range r.reads {
		keys = append(keys, key)
	}
	for key := range r.tests {
		if !r.reads[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
