package catalogue

import (
	"slices"

	"onewindow/models"
	"onewindow/models/store"
)

// Browse gives one page of what a search finds, in its order of rank.
func (s *Service) Browse(query Query, page models.PageRequest) (*models.Page[*Item], error) {
	found := s.Current().Search(query)
	start := 0
	if page.After != "" {
		var code string
		if err := store.ReadCursor(page.After, &code); err != nil {
			return nil, err
		}
		start = slices.IndexFunc(found, func(item *Item) bool { return item.Code == code }) + 1
	}
	rows := found[start:]
	rows = rows[:min(len(rows), page.First+1)]
	return models.NewPage(rows, page, len(found), func(item *Item) string { return store.Cursor(item.Code) }), nil
}
