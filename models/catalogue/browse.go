package catalogue

import (
	"sort"

	"onewindow/models"
	"onewindow/models/store"
)

// place is where a page of a search ended: by rank and code, so that the next page goes on there although the catalogue has
// switched meanwhile.
type place struct {
	Score int    `json:"s"`
	Code  string `json:"c"`
}

// Browse gives one page of what a search finds, in its order of rank.
func (s *Service) Browse(query Query, page models.PageRequest) (*models.Page[*Item], error) {
	hits := s.Current().find(query)
	start := 0
	if page.After != "" {
		var last place
		if err := store.ReadCursor(page.After, &last); err != nil {
			return nil, err
		}
		start = sort.Search(len(hits), func(index int) bool { return hits[index].before(last.Score, last.Code) > 0 })
	}
	rows := make([]*Item, 0, page.First+1)
	scores := make(map[*Item]int, page.First+1)
	for _, found := range hits[start:min(len(hits), start+page.First+1)] {
		rows = append(rows, found.item)
		scores[found.item] = found.score
	}
	return models.NewPage(rows, page, len(hits), func(item *Item) string { return store.Cursor(place{scores[item], item.Code}) }), nil
}
