package casework

import (
	"strings"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/delegation"
	"onewindow/models/store"
)

// helped reads one page of the cases that delegations show, newest first, and how many there are.
func (r records) helped(db *gorm.DB, standing delegation.Standing, page models.PageRequest, withTotal bool) (found []*Case, total int, err error) {
	if len(standing) == 0 {
		return nil, 0, nil
	}
	var shown []string
	var arguments []any
	for _, one := range standing {
		condition := "subject_id = ? AND item_code IN ?"
		arguments = append(arguments, one.GrantorID, one.ItemCodes)
		if !showsTo(one.Powers, Approved) { // without TRACK: what there is something to do in
			condition += " AND state IN ?"
			arguments = append(arguments, []State{Draft, SupplementRequired})
		}
		shown = append(shown, "("+condition+")")
	}
	where := "WHERE (" + strings.Join(shown, " OR ") + ")"
	if withTotal {
		if err := db.Raw("SELECT count(*) FROM casework_applications "+where, arguments...).Scan(&total).Error; err != nil {
			return nil, 0, err
		}
	}
	if page.After != "" {
		var last models.ID
		if err := store.ReadCursor(page.After, &last); err != nil {
			return nil, 0, err
		}
		where, arguments = where+" AND id < ?", append(arguments, last)
	}
	found, err = r.cases(db, where+" ORDER BY id DESC LIMIT ?", append(arguments, page.First+1)...)
	return found, total, err
}
