package catalogue

import (
	"sync"

	"onewindow/models/calendar"
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

// Snapshot is the catalogue as it is installed, with the versions that open applications may keep. It never changes.
type Snapshot struct {
	catalogue   *Catalogue
	departments map[string]*Department
	materials   map[string]*Material
	items       map[string]*Item
	bundles     map[string]*Bundle
	older       map[versionKey]*olderVersion
	index       *index
}

func newSnapshot(c *Catalogue, older []itemRow) *Snapshot {
	s := &Snapshot{
		catalogue: c, departments: map[string]*Department{}, materials: map[string]*Material{},
		items: map[string]*Item{}, bundles: map[string]*Bundle{}, older: map[versionKey]*olderVersion{},
	}
	for _, department := range c.Departments {
		s.departments[department.Code] = department
	}
	for _, material := range c.Materials {
		s.materials[material.Code] = material
	}
	for _, item := range c.Items {
		s.items[item.Code] = item
	}
	for _, bundle := range c.Bundles {
		s.bundles[bundle.Code] = bundle
	}
	for _, row := range older {
		s.older[versionKey{row.Code, row.Version}] = &olderVersion{definition: row.Definition}
	}
	s.index = newIndex(c)
	return s
}

// Item gives today's version of an item.
func (s *Snapshot) Item(code string) (*Item, bool) {
	item, found := s.items[code]
	return item, found
}

// ItemVersion gives one version of an item, as an application began with it. A version that another replica has installed
// since is not in the snapshot: Service.ItemVersion finds that too.
func (s *Snapshot) ItemVersion(code string, version int) (*Item, bool) {
	item, err := s.itemVersion(code, version)
	return item, err == nil && item != nil
}

func (s *Snapshot) itemVersion(code string, version int) (*Item, error) {
	if item, found := s.items[code]; found && item.Version == version {
		return item, nil
	}
	key := versionKey{code, version}
	if older, found := s.older[key]; found {
		return older.load(key)
	}
	return nil, nil
}

// Department gives a department by its code.
func (s *Snapshot) Department(code string) (*Department, bool) {
	department, found := s.departments[code]
	return department, found
}

// Material gives a dictionary material by its code.
func (s *Snapshot) Material(code string) (*Material, bool) {
	material, found := s.materials[code]
	return material, found
}

// Bundle gives a bundle by its code.
func (s *Snapshot) Bundle(code string) (*Bundle, bool) {
	bundle, found := s.bundles[code]
	return bundle, found
}

// Items gives all items of today, by code. The list is shared: do not change it.
func (s *Snapshot) Items() []*Item { return s.catalogue.Items }

// Bundles gives all bundles, by code. The list is shared: do not change it.
func (s *Snapshot) Bundles() []*Bundle { return s.catalogue.Bundles }

// Departments gives all departments, in the catalogue's order. The list is shared: do not change it.
func (s *Snapshot) Departments() []*Department { return s.catalogue.Departments }

// Materials gives the dictionary, in the catalogue's order. The list is shared: do not change it.
func (s *Snapshot) Materials() []*Material { return s.catalogue.Materials }

// Calendar gives the city's calendar.
func (s *Snapshot) Calendar() *calendar.Calendar { return s.catalogue.Calendar }
