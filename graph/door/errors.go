package door

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/graph/caller"
	"onewindow/models"
	"onewindow/models/store"
)

// largestErrors bounds the errors of one answer, in bytes.
const largestErrors = 16 << 10

// documentFaults says what is wrong with a document, by the rule that found it. The validator's own words repeat parts
// of the document and suggest others; these do neither, and the place is given beside them.
var documentFaults = map[string]models.Text{
	"FieldsOnCorrectType":                   models.T("文档中的字段不存在", "The document asks for a field that does not exist"),
	"FieldsOnCorrectTypeWithoutSuggestions": models.T("文档中的字段不存在", "The document asks for a field that does not exist"),
	"ScalarLeafs":                           models.T("字段缺少或多出子字段", "A field lacks its own fields, or has some where it cannot"),
	"ScalarLeafsWithoutSuggestions":         models.T("字段缺少或多出子字段", "A field lacks its own fields, or has some where it cannot"),
	"KnownArgumentNames":                    models.T("文档中的参数不存在", "The document gives an argument that does not exist"),
	"ProvidedRequiredArguments":             models.T("缺少必需的参数", "A required argument is missing"),
	"KnownTypeNames":                        models.T("文档中的类型不存在", "The document names a type that does not exist"),
	"KnownDirectives":                       models.T("文档中的指令不存在或位置不对", "The document uses a directive that does not exist or not there"),
	"KnownFragmentNames":                    models.T("文档中的片段不存在", "The document names a fragment that it does not hold"),
	"NoUnusedFragments":                     models.T("文档中有未使用的片段", "The document holds a fragment that it does not use"),
	"NoUnusedVariables":                     models.T("文档中有未使用的变量", "The document declares a variable that it does not use"),
	"NoUndefinedVariables":                  models.T("文档使用了未声明的变量", "The document uses a variable that it does not declare"),
	"ValuesOfCorrectType":                   models.T("文档中的值不符合类型", "A value in the document does not fit its type"),
	"VariablesInAllowedPosition":            models.T("变量的类型与用处不符", "A variable's type does not fit where it is used"),
	"OverlappingFieldsCanBeMerged":          models.T("同名字段的含义互相冲突", "Fields of one name mean different things"),
	"LoneAnonymousOperation":                models.T("多个操作时每个都应有名称", "Of several operations each needs a name"),
	"SingleFieldSubscriptions":              models.T("订阅只能有一个字段", "A subscription may hold one field only"),
}

var (
	wrongDocument  = models.T("文档不符合接口定义", "The document does not fit the schema")
	unparsable     = models.T("文档不是有效的 GraphQL", "The document is not valid GraphQL")
	cancelled      = models.T("请求已中止", "The request was given up")
	tookTooLong    = models.T("处理超时，请稍后再试", "This took too long, please try again later")
	awayNow        = models.T("系统暂时不可用，请稍后再试", "The system is not available at the moment, please try again later")
	somethingBroke = models.T("系统出了问题，请稍后再试", "Something went wrong on our side, please try again later")
)

// present turns whatever went wrong into what the caller reads: a message in the caller's language and a code. What nobody
// foresaw becomes INTERNAL with an incident number, and the operator reads the cause beside that number in the log.
func (d *Door) present(ctx context.Context, err error) *gqlerror.Error {
	var given *gqlerror.Error
	errors.As(err, &given)
	out := &gqlerror.Error{Path: graphql.GetPath(ctx), Extensions: map[string]any{}}
	if given != nil {
		out.Locations = given.Locations
		if given.Path != nil && (given.Extensions["code"] != errcode.ValidationFailed || !aboutVariable(given.Path)) {
			out.Path = given.Path
		}
	}
	text, code := d.explain(ctx, err, given, out.Extensions)
	out.Message = text.In(caller.LocaleFrom(ctx))
	out.Extensions["code"] = code
	return out
}

// explain finds text and code, and fills in what else belongs into the extensions.
func (d *Door) explain(ctx context.Context, err error, given *gqlerror.Error, extensions map[string]any) (models.Text, models.FaultCode) {
	var fault *models.Fault
	switch {
	case errors.As(err, &fault):
		if fault.Code == models.UnavailableCode && HasCause(err) {
			d.logger.WarnContext(ctx, "could not be served", "field", fieldName(ctx), "cause", err.Error())
		}
		maps.Copy(extensions, fault.Extensions)
		return fault.Text, fault.Code
	case errors.Is(err, context.Canceled):
		return cancelled, models.UnavailableCode
	case errors.Is(err, context.DeadlineExceeded):
		d.logger.WarnContext(ctx, "request took too long", "field", fieldName(ctx), "cause", err.Error())
		return tookTooLong, models.UnavailableCode
	case store.IsAway(err):
		d.logger.WarnContext(ctx, "could not be served", "field", fieldName(ctx), "cause", err.Error())
		return awayNow, models.UnavailableCode
	case given != nil && given.Extensions["code"] == errcode.ParseFailed:
		return unparsable, models.BadUserInput
	case given != nil && given.Extensions["code"] == errcode.ValidationFailed:
		return explainDocument(given, extensions), models.BadUserInput
	}
	incident := newIncident()
	extensions["incident"] = incident
	d.logger.ErrorContext(ctx, "incident", "incident", incident, "field", fieldName(ctx), "cause", err.Error())
	return somethingBroke, models.Internal
}

// HasCause tells that a fault stands in front of a cause (an error that wraps several): the caller reads the fault, the operator the cause.
func HasCause(err error) bool {
	var several interface{ Unwrap() []error }
	return errors.As(err, &several)
}

// explainDocument says what a document or its variables do not fit.
func explainDocument(given *gqlerror.Error, extensions map[string]any) models.Text {
	if aboutVariable(given.Path) {
		// The path consists of names from the schema and the document, but for one that the schema does not know.
		if given.Message != "unknown field" {
			extensions["variable"] = given.Path[1:].String()
		}
		return wrongVariable.Text
	}
	if text, found := documentFaults[given.Rule]; found {
		return text
	}
	return wrongDocument
}

// aboutVariable tells the validator's paths into the variables from those into the answer.
func aboutVariable(path ast.Path) bool {
	return len(path) > 1 && path[0] == ast.PathName("variable")
}

// fieldName names the field by the schema, never by what the document calls it.
func fieldName(ctx context.Context) string {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil {
		return ""
	}
	return field.Object + "." + field.Field.Name
}

func newIncident() string { return strings.ToLower(rand.Text()[:12]) }

// errPanic is a panic that was caught; the log has its place already.
var errPanic = errors.New("panic")

// recovered logs a panic with its stack, and its value only where that is an error: anything else could hold anything.
func (d *Door) recovered(ctx context.Context, value any) error {
	cause := fmt.Sprintf("%T", value)
	if err, isError := value.(error); isError {
		cause = err.Error()
		if runtimeError, isRuntime := value.(runtime.Error); isRuntime {
			cause = runtimeError.Error()
		}
	}
	d.logger.ErrorContext(ctx, "panic", "cause", cause, "stack", string(debug.Stack()))
	return fmt.Errorf("%w: %s", errPanic, cause)
}

// trimErrors keeps an answer's errors few and small.
func (d *Door) trimErrors(list gqlerror.List) gqlerror.List {
	if len(list) == 0 {
		return list
	}
	if len(list) > d.limits.Errors {
		list = list[:d.limits.Errors]
	}
	if raw, err := json.Marshal(list); err == nil && len(raw) <= largestErrors {
		return list
	}
	for _, entry := range list {
		entry.Path, entry.Locations = nil, nil
	}
	return list
}

// logFor adds what is known of the request to a logger.
func logFor(ctx context.Context, logger *slog.Logger) *slog.Logger {
	if id := caller.RequestID(ctx); id != "" {
		return logger.With("request", id)
	}
	return logger
}
