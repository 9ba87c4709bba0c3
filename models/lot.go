package models

import "sync"

// Lot is what was read in one go. What is asked of one of it later is read for all of it at once: twenty cost as many statements
// as one, however deep they stand in an answer.
type Lot[T any] struct {
	All []T

	mutex sync.Mutex
	asked map[string]*asked
}

type asked struct {
	once   sync.Once
	answer any
	err    error
}

// LotOf is the lot that something was read in; what was read alone is one by itself.
func LotOf[T any](lot *Lot[T], alone T) *Lot[T] {
	if lot == nil {
		return &Lot[T]{All: []T{alone}}
	}
	return lot
}

// OfLot gives what is read about a whole lot under a name: once, also where several ask at the same time.
func OfLot[T, R any](lot *Lot[T], name string, read func(all []T) (R, error)) (R, error) {
	lot.mutex.Lock()
	if lot.asked == nil {
		lot.asked = map[string]*asked{}
	}
	one := lot.asked[name]
	if one == nil {
		one = &asked{}
		lot.asked[name] = one
	}
	lot.mutex.Unlock()
	one.once.Do(func() { one.answer, one.err = read(lot.All) })
	answer, _ := one.answer.(R)
	return answer, one.err
}
