package door

import (
	"container/list"
	"context"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// documentCache keeps parsed documents, the least used leaving first, in a bounded amount of memory. The executor adds a
// document only after it validated.
type documentCache struct {
	budget int

	mu      sync.Mutex
	weight  int
	entries map[string]*list.Element
	order   *list.List // most recently used first
}

type cachedDocument struct {
	text     string
	document *ast.QueryDocument
}

func newDocumentCache(budget int) *documentCache {
	return &documentCache{budget: budget, entries: map[string]*list.Element{}, order: list.New()}
}

// weigh estimates what a parsed document holds: measured, about 64 bytes of nodes for each byte of text.
func weigh(text string) int { return 1024 + 64*len(text) }

// Get gives a document that validated before.
func (c *documentCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[text]
	if !found {
		return nil, false
	}
	c.order.MoveToFront(entry)
	return entry.Value.(*cachedDocument).document, true
}

// Add keeps a document and lets the least used ones go.
func (c *documentCache) Add(_ context.Context, text string, document *ast.QueryDocument) {
	weight := weigh(text)
	if weight > c.budget {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.entries[text]; found {
		return
	}
	c.entries[text] = c.order.PushFront(&cachedDocument{text: text, document: document})
	c.weight += weight
	for c.weight > c.budget {
		oldest := c.order.Remove(c.order.Back()).(*cachedDocument)
		delete(c.entries, oldest.text)
		c.weight -= weigh(oldest.text)
	}
}

// has tells whether a document validated before, without counting as a use.
func (c *documentCache) has(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, found := c.entries[text]
	return found
}
