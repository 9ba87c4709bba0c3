package catalogue

import (
	"onewindow/models"
	"onewindow/models/calendar"
)

// Snapshot is the catalogue as it is on offer on one day, with the versions that open applications may keep. It never changes.
type Snapshot struct {
	*edition
	// day is the only one for which it holds: versions begin and end with days.
	day         models.Date
	departments map[string]*Department
	materials   map[string]*Material
	offered     map[string]*Item
	list        []*Item
	bundles     map[string]*Bundle
	bundleList  []*Bundle
}

// on gives what an edition offers on a day.
func (e *edition) on(day models.Date) *Snapshot {
	c := e.catalogue
	s := &Snapshot{
		edition: e, day: day, departments: make(map[string]*Department, len(c.Departments)), materials: make(map[string]*Material, len(c.Materials)),
		offered: make(map[string]*Item, len(c.Items)), list: make([]*Item, len(c.Items)),
		bundles: make(map[string]*Bundle, len(c.Bundles)), bundleList: make([]*Bundle, len(c.Bundles)),
	}
	for _, department := range c.Departments {
		s.departments[department.Code] = department
	}
	for _, material := range c.Materials {
		s.materials[material.Code] = material
	}
	for index, item := range c.Items {
		if staying := e.staying[item.Code]; staying != nil && item.EffectiveFrom != nil && day < *item.EffectiveFrom {
			item = staying
		}
		s.list[index], s.offered[item.Code] = item, item
	}
	for index, bundle := range c.Bundles {
		bundle = bundle.with(s.offered)
		s.bundleList[index], s.bundles[bundle.Code] = bundle, bundle
	}
	return s
}

// Release tells which release it is.
func (s *Snapshot) Release() Release { return s.release }

// Today is the day for which it holds.
func (s *Snapshot) Today() models.Date { return s.day }

// Item gives today's version of an item.
func (s *Snapshot) Item(code string) (*Item, bool) {
	item, found := s.offered[code]
	return item, found
}

// ItemVersion gives one version of an item, as an application began with it. A version that another replica has installed
// since is not in the snapshot: Service.ItemVersion finds that too.
func (s *Snapshot) ItemVersion(code string, version int) (*Item, bool) {
	item, err := s.itemVersion(code, version)
	return item, err == nil && item != nil
}

// Department gives a department by its code, one too that only older versions of items name.
func (s *Snapshot) Department(code string) (*Department, bool) {
	department, found := s.departments[code]
	if !found && code != "" {
		department, found = s.retired().departments[code]
	}
	return department, found
}

// Material gives a dictionary material by its code, one too that only older versions of items name.
func (s *Snapshot) Material(code string) (*Material, bool) {
	material, found := s.materials[code]
	if !found && code != "" {
		material, found = s.retired().materials[code]
	}
	return material, found
}

// Bundle gives a bundle by its code.
func (s *Snapshot) Bundle(code string) (*Bundle, bool) {
	bundle, found := s.bundles[code]
	return bundle, found
}

// Items gives all items of today, by code. The list is shared: do not change it.
func (s *Snapshot) Items() []*Item { return s.list }

// Bundles gives all bundles, by code. The list is shared: do not change it.
func (s *Snapshot) Bundles() []*Bundle { return s.bundleList }

// Departments gives all departments, in the catalogue's order. The list is shared: do not change it.
func (s *Snapshot) Departments() []*Department { return s.catalogue.Departments }

// Materials gives the dictionary, in the catalogue's order. The list is shared: do not change it.
func (s *Snapshot) Materials() []*Material { return s.catalogue.Materials }

// Calendar gives the city's calendar.
func (s *Snapshot) Calendar() *calendar.Calendar { return s.catalogue.Calendar }
