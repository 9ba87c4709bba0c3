package door

import (
	"context"
	"runtime"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/models"
)

// largeBody is the size from which reading a request's JSON is dear, in bytes. Clients' requests are far smaller.
const largeBody = 8 << 10

// narrow lets half of the processors at most work on what is dear and may yet be refused: large bodies, and documents that
// nobody has sent before. However many such requests come, those of honest clients, which are small and known, find the
// other half free.
type narrow chan struct{}

func newNarrow() narrow { return make(narrow, max(1, runtime.GOMAXPROCS(0)/2)) }

// pass does the work when it is its turn; false where the caller has gone before.
func (n narrow) pass(ctx context.Context, work func()) bool {
	select {
	case n <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-n }()
	work()
	return true
}

// readBodyOf reads a request's envelope, a large one when it is its turn.
func (d *Door) readBodyOf(ctx context.Context, raw []byte) (params *graphql.RawParams, fault *models.Fault) {
	if len(raw) < largeBody {
		return d.readEnvelope(raw)
	}
	if !d.dear.pass(ctx, func() { params, fault = d.readEnvelope(raw) }) {
		return nil, cutShort
	}
	return params, fault
}

// prepare checks, parses and validates an operation, one whose document is new when it is its turn.
func (d *Door) prepare(ctx context.Context, params *graphql.RawParams) (operation *graphql.OperationContext, list gqlerror.List) {
	_, known := d.known.recall(params.Query)
	if known || d.documents.has(params.Query) {
		return d.executor.CreateOperationContext(ctx, params)
	}
	if !d.dear.pass(ctx, func() { operation, list = d.executor.CreateOperationContext(ctx, params) }) {
		return &graphql.OperationContext{}, gqlerror.List{asError(cutShort)}
	}
	return operation, list
}
