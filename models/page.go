package models

// The bounds of every list.
const (
	DefaultPage = 20
	LargestPage = 100
)

// PageRequest is a checked request for one page of a list, forward only.
type PageRequest struct {
	First int
	// After is the opaque cursor of the last edge seen; empty: from the start.
	After string
}

// NewPageRequest checks first (1..100, 20 by default).
func NewPageRequest(first *int, after *string) (PageRequest, error) {
	request := PageRequest{First: DefaultPage}
	if first != nil {
		if *first < 1 || *first > LargestPage {
			return request, BadInput(T("first 应在 1 到 100 之间", "first must be between 1 and 100"))
		}
		request.First = *first
	}
	if after != nil {
		request.After = *after
	}
	return request, nil
}

// PageInfo is the Relay page information.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is one node of a page with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// Page is one page of a list as a Relay connection.
type Page[T any] struct {
	TotalCount int
	Edges      []*Edge[T]
	PageInfo   PageInfo
}

// NewPage makes a page of rows that were read with one more than asked for, which only tells whether more follow.
func NewPage[T any](rows []T, request PageRequest, total int, cursor func(T) string) *Page[T] {
	page := &Page[T]{TotalCount: total, Edges: make([]*Edge[T], 0, len(rows))}
	page.PageInfo.HasPreviousPage = request.After != ""
	if len(rows) > request.First {
		rows = rows[:request.First]
		page.PageInfo.HasNextPage = true
	}
	for _, row := range rows {
		page.Edges = append(page.Edges, &Edge[T]{Cursor: cursor(row), Node: row})
	}
	if len(page.Edges) > 0 {
		page.PageInfo.StartCursor = &page.Edges[0].Cursor
		page.PageInfo.EndCursor = &page.Edges[len(page.Edges)-1].Cursor
	}
	return page
}
