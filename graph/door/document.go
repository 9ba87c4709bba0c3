package door

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"

	"onewindow/models"
)

// deepestBrackets bounds how far the parser recurses, whatever the brackets are. It lies far above what the limit of depth
// lets through, because values and types nest as well.
const deepestBrackets = 64

// uncountable is where counting stops: fragments that double would overflow any number.
const uncountable = 1 << 20

var (
	tooComplex = &models.Fault{Code: models.TooComplex, Text: models.T("请求过于复杂，请分成几次", "The request is too complex, please split it")}
	endless    = models.BadInput(models.T("片段互相包含，没有尽头", "Fragments contain each other without end"))
	oneChange  = &models.Fault{
		Code: models.TooComplex, Text: models.T("每次请求只能办理一项操作", "A request may hold one mutation field only"),
	}
	oneStream       = models.BadInput(models.T("一次订阅只能有一个字段", "A subscription has one field only"))
	noIntrospection = models.BadInput(models.T("此处不提供模式查询", "The schema cannot be queried here"))
)

// guardDocument refuses a document that would cost too much to parse, validate or run. It runs before any of that, reads
// the text once and each fragment once, so its own cost is bounded by the document's size. What does not parse passes:
// the parser says so, and its recursion is bounded by then.
func (d *Door) guardDocument(text string) *models.Fault {
	if len(text) > d.limits.Document {
		return tooComplex
	}
	if fault := d.guardTokens(text); fault != nil {
		return fault
	}
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil //nolint:nilerr // said by the parser again, with its place
	}
	if len(document.Operations) > d.limits.Operations || len(document.Fragments) > d.limits.Fragments {
		return tooComplex
	}
	measurer := measurer{fragments: map[string]*ast.FragmentDefinition{}, known: map[string]*measure{}}
	for _, fragment := range document.Fragments {
		measurer.fragments[fragment.Name] = fragment
	}
	// Validation walks every fragment, used or not, so each is measured on its own as well.
	for _, fragment := range document.Fragments {
		found := measurer.fragment(fragment.Name)
		found.directives += len(fragment.Directives)
		if strings.HasPrefix(fragment.TypeCondition, "__") { // the schema's own types stand below __schema or __type alone
			found.depth, found.introspection = 0, found.depth
		}
		if fault := d.judge(found, &measurer); fault != nil {
			return fault
		}
	}
	for _, operation := range document.Operations {
		found := measurer.selections(operation.SelectionSet)
		found.directives += len(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			found.directives += len(variable.Directives)
		}
		if fault := d.judge(found, &measurer); fault != nil {
			return fault
		}
		if operation.Operation == ast.Mutation && found.roots > 1 {
			return oneChange
		}
		if operation.Operation == ast.Subscription && found.roots > 1 { // the validator passes one field twice, which nobody can run
			return oneStream
		}
	}
	return nil
}

// guardTokens counts without building anything.
func (d *Door) guardTokens(text string) *models.Fault {
	reader := lexer.New(&ast.Source{Input: text})
	tokens, depth := 0, 0
	for {
		token, err := reader.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil //nolint:nilerr // said by the parser again, with its place
		}
		switch token.Kind {
		case lexer.Comment:
			continue
		case lexer.BraceL, lexer.BracketL, lexer.ParenL:
			depth++
		case lexer.BraceR, lexer.BracketR, lexer.ParenR:
			depth--
		}
		if tokens++; tokens > d.limits.Tokens || depth > deepestBrackets {
			return tooComplex
		}
	}
}

// judge compares what was counted with the limits.
func (d *Door) judge(found measure, measurer *measurer) *models.Fault {
	limits := d.limits
	fields := limits.Fields
	if found.introspection > 0 {
		if d.production {
			return noIntrospection
		}
		fields = limits.IntrospectionOf
	}
	switch {
	case measurer.cyclic:
		return endless
	case found.depth > limits.Depth, found.introspection > limits.Introspection, found.fields > fields,
		found.aliases > limits.Aliases, found.directives > limits.Directives:
		return tooComplex
	}
	return nil
}

// measure is how large a selection is with its fragments expanded.
type measure struct {
	fields, aliases, directives int
	// roots are the fields of the top level alone.
	roots int
	// depth is the deepest nesting outside introspection, introspection that below __schema or __type.
	depth, introspection int
}

func (m *measure) add(other measure) {
	m.fields = min(m.fields+other.fields, uncountable)
	m.aliases = min(m.aliases+other.aliases, uncountable)
	m.directives = min(m.directives+other.directives, uncountable)
	m.roots = min(m.roots+other.roots, uncountable)
	m.depth = max(m.depth, other.depth)
	m.introspection = max(m.introspection, other.introspection)
}

// measurer remembers what it counted for each fragment, so that fragments that double are counted once.
type measurer struct {
	fragments map[string]*ast.FragmentDefinition
	known     map[string]*measure
	cyclic    bool
}

func (m *measurer) selections(set ast.SelectionSet) measure {
	var sum measure
	for _, selection := range set {
		switch selected := selection.(type) {
		case *ast.Field:
			sum.add(m.field(selected))
		case *ast.InlineFragment:
			sum.directives += len(selected.Directives)
			sum.add(m.selections(selected.SelectionSet))
		case *ast.FragmentSpread:
			sum.directives += len(selected.Directives)
			sum.add(m.fragment(selected.Name))
		}
	}
	return sum
}

func (m *measurer) field(field *ast.Field) measure {
	found := m.selections(field.SelectionSet)
	found.fields++
	found.roots = 1
	found.directives += len(field.Directives)
	if field.Alias != field.Name {
		found.aliases++
	}
	if field.Name == "__schema" || field.Name == "__type" {
		found.depth, found.introspection = 0, found.depth+1
		return found
	}
	found.depth++
	return found
}

// fragment measures a fragment once. One that contains itself is marked: it has no size.
func (m *measurer) fragment(name string) measure {
	if found, known := m.known[name]; known {
		if found == nil {
			m.cyclic = true
			return measure{}
		}
		return *found
	}
	definition := m.fragments[name]
	if definition == nil {
		return measure{fields: 1, roots: 1} // counted all the same: who expands it pays for it
	}
	m.known[name] = nil // being measured
	found := m.selections(definition.SelectionSet)
	m.known[name] = &found
	return found
}
