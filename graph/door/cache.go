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
	byName  map[string]string // to the text of an entry
	order   *list.List        // most recently used first
}

type cachedDocument struct {
	text     string
	document *ast.QueryDocument
	// names are the hashes by which clients may ask for it (automatic persisted queries), oldest first.
	names []string
}

// mostNames bounds the names of one document: as many as differently written forms of it are in use.
const mostNames = 4

func newDocumentCache(budget int) *documentCache {
	return &documentCache{budget: budget, entries: map[string]*list.Element{}, byName: map[string]string{}, order: list.New()}
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
	return held(entry.Value).document, true
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
		oldest := held(c.order.Remove(c.order.Back()))
		delete(c.entries, oldest.text)
		for _, name := range oldest.names {
			delete(c.byName, name)
		}
		c.weight -= weigh(oldest.text)
	}
}

// held is what an entry of the list stands for.
func held(value any) *cachedDocument {
	return value.(*cachedDocument) //nolint:errcheck // Add is the only writer, and puts nothing else in
}

// has tells whether a document validated before, without counting as a use.
func (c *documentCache) has(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, found := c.entries[text]
	return found
}

// name lets clients ask for a document that is kept by the hash of its text. What is not kept gets no name.
func (c *documentCache) name(text, hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[text]
	if !found || c.byName[hash] != "" {
		return
	}
	kept := held(entry.Value)
	if len(kept.names) == mostNames {
		delete(c.byName, kept.names[0])
		kept.names = kept.names[1:]
	}
	kept.names = append(kept.names, hash)
	c.byName[hash] = text
}

// named gives the document of a name.
func (c *documentCache) named(hash string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, found := c.byName[hash]
	return text, found
}
