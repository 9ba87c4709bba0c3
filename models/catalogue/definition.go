package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onewindow/models/catalogue/document"
)

// canonical gives an item's own definition with the dictionary entries that it names as one text that does not depend on
// the order of keys, on comments or on layout: what makes a version, and what it can be loaded from again.
func (r *itemReader) canonical(root *document.Object) string {
	slices.SortFunc(r.named.departments, func(a, b *Department) int { return strings.Compare(a.Code, b.Code) })
	slices.SortFunc(r.named.materials, func(a, b *Material) int { return strings.Compare(a.Code, b.Code) })
	departments, materials := []any{}, []any{}
	for _, department := range r.named.departments {
		departments = append(departments, r.plain[department])
	}
	for _, material := range r.named.materials {
		materials = append(materials, r.plain[material])
	}
	text, err := json.Marshal(map[string]any{"item": root.Plain(), "departments": departments, "materials": materials})
	if err != nil {
		root.Fail("不能保存："+err.Error(), "cannot be stored: "+err.Error())
	}
	return string(text)
}

func fingerprint(definition string) string {
	sum := sha256.Sum256([]byte(definition))
	return hex.EncodeToString(sum[:])
}

// loadDefinition loads an item from its canonical text, which as JSON is YAML too.
func loadDefinition(itemCode string, version int, definition string) (*Item, error) {
	l, err := newLoader(nil)
	if err != nil {
		return nil, err
	}
	root := document.Parse("items/"+itemCode+".yaml", []byte(definition), l.collector).Object()
	if root != nil {
		l.readDepartments(root.Required("departments"))
		l.readMaterials(root.Required("materials"))
		member(root.Required("item"), func(item *document.Object) { l.register(l.readItem(item)) })
		root.Close()
	}
	if err := l.collector.Faults().Err(); err != nil {
		return nil, fmt.Errorf("version %d of service item %s: %w", version, itemCode, err)
	}
	item := l.items[itemCode]
	item.Version = version
	return item, nil
}
