package catalogue

import (
	"encoding/json"
	"fmt"
	"sync"

	"onewindow/models/catalogue/document"
)

// versionKey names one version of one item.
type versionKey struct {
	code    string
	version int
}

// olderVersion is a version that is not offered any more. Its rules are compiled when an application asks for it first.
type olderVersion struct {
	definition string
	once       sync.Once
	item       *Item
	err        error
}

func (o *olderVersion) load(key versionKey) (*Item, error) {
	o.once.Do(func() { o.item, o.err = loadDefinition(key.code, key.version, o.definition) })
	return o.item, o.err
}

// edition is one release with everything that is made of it once, whatever the day. It never changes.
type edition struct {
	release   Release
	catalogue *Catalogue
	offers    offers
	// staying are the versions on offer until the folder's own version begins, by code.
	staying map[string]*Item
	items   map[versionKey]*Item
	older   map[versionKey]*olderVersion
	index   *index
	retired func() *retired
}

// newEdition makes it of a release's folder and of all versions that there ever were.
func newEdition(release Release, c *Catalogue, on offers, known []itemRow) (*edition, error) {
	e := &edition{
		release: release, catalogue: c, offers: on, staying: map[string]*Item{},
		items: make(map[versionKey]*Item, len(c.Items)), older: map[versionKey]*olderVersion{},
	}
	for _, item := range c.Items {
		e.items[versionKey{item.Code, item.Version}] = item
	}
	for _, row := range known {
		key := versionKey{row.Code, row.Version}
		if e.items[key] == nil {
			e.older[key] = &olderVersion{definition: row.Definition}
		}
	}
	for code, version := range on.staying() {
		item, err := e.itemVersion(code, version)
		if err != nil || item == nil {
			return nil, fmt.Errorf("version %d of service item %s, which stays on offer: %w", version, code, err)
		}
		e.staying[code] = item
	}
	e.index = newIndex(c)
	e.retired = sync.OnceValue(e.readRetired)
	return e, nil
}

// editionOf makes the edition of a release that is kept, of its folder as it was loaded here, and of all versions that are kept.
func editionOf(row *releaseRow, c *Catalogue, known []itemRow) (*edition, error) {
	if added := numberVersions(c.Items, known); len(added) > 0 {
		return nil, fmt.Errorf("release %d: this definition of service item %s was never kept", row.Number, added[0].Code)
	}
	return newEdition(row.release(), c, row.Offers, known)
}

// itemVersion gives one version of an item, or nothing.
func (e *edition) itemVersion(code string, version int) (*Item, error) {
	key := versionKey{code, version}
	if item, found := e.items[key]; found {
		return item, nil
	}
	if older, found := e.older[key]; found {
		return older.load(key)
	}
	return nil, nil
}

// retired are departments and materials that only older versions name. What was decided and issued under them still shows
// their names.
type retired struct {
	departments map[string]*Department
	materials   map[string]*Material
}

// readRetired reads the dictionaries of the older versions, without their rules; the newest wording wins.
func (e *edition) readRetired() *retired {
	known := &retired{map[string]*Department{}, map[string]*Material{}}
	newest := map[any]int{}
	for key, version := range e.older {
		l := &loader{collector: &document.Collector{}, departments: map[string]*Department{}, materials: map[string]*Material{}, plain: map[any]any{}, catalogue: &Catalogue{}}
		var parts struct {
			Departments json.RawMessage `json:"departments"`
			Materials   json.RawMessage `json:"materials"`
		}
		if json.Unmarshal([]byte(version.definition), &parts) != nil {
			continue
		}
		text, err := json.Marshal(parts)
		if err != nil {
			continue
		}
		root := document.Parse("items/"+key.code+".yaml", text, l.collector).Object()
		if root == nil {
			continue
		}
		l.readDepartments(root.Required("departments"))
		l.readMaterials(root.Required("materials"))
		for code, department := range l.departments {
			if newest["d"+code] < key.version {
				newest["d"+code], known.departments[code] = key.version, department
			}
		}
		for code, material := range l.materials {
			if newest["m"+code] < key.version {
				newest["m"+code], known.materials[code] = key.version, material
			}
		}
	}
	return known
}
