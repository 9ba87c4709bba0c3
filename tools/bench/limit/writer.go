package limit

import (
	"strconv"
	"time"

	"onewindow/models"
)

// writer appends JSON by hand.
type writer struct{ bytes []byte }

func (w *writer) raw(text string) { w.bytes = append(w.bytes, text...) }

// name begins a member; the first of an object comes without a comma.
func (w *writer) name(name string) {
	if last := w.bytes[len(w.bytes)-1]; last != '{' {
		w.bytes = append(w.bytes, ',')
	}
	w.bytes = append(w.bytes, '"')
	w.raw(name)
	w.raw(`":`)
}

// next begins an entry of a list.
func (w *writer) next() {
	if last := w.bytes[len(w.bytes)-1]; last != '[' {
		w.bytes = append(w.bytes, ',')
	}
}

func (w *writer) text(name, value string) {
	w.name(name)
	w.quote(value)
}

// optional writes null for nothing.
func (w *writer) optional(name, value string) {
	if value == "" {
		w.null(name)
		return
	}
	w.text(name, value)
}

func (w *writer) null(name string) {
	w.name(name)
	w.raw("null")
}

func (w *writer) number(name string, value int) {
	w.name(name)
	w.bytes = strconv.AppendInt(w.bytes, int64(value), 10)
}

func (w *writer) truth(name string, value bool) {
	w.name(name)
	w.bytes = strconv.AppendBool(w.bytes, value)
}

func (w *writer) moment(name string, at *time.Time) {
	if at == nil {
		w.null(name)
		return
	}
	w.name(name)
	w.raw(`"`)
	w.bytes = at.In(models.Zone).AppendFormat(w.bytes, time.RFC3339)
	w.raw(`"`)
}

func (w *writer) day(name string, day *models.Date) {
	if day == nil {
		w.null(name)
		return
	}
	w.name(name)
	w.raw(`"`)
	w.bytes = day.Start().AppendFormat(w.bytes, time.DateOnly)
	w.raw(`"`)
}

const hexadecimal = "0123456789abcdef"

func (w *writer) quote(value string) {
	w.bytes = append(w.bytes, '"')
	begun := 0
	for index := range len(value) {
		char := value[index]
		if char >= ' ' && char != '"' && char != '\\' {
			continue
		}
		w.raw(value[begun:index])
		begun = index + 1
		if char < ' ' {
			w.bytes = append(w.bytes, '\\', 'u', '0', '0', hexadecimal[char>>4], hexadecimal[char&15])
			continue
		}
		w.bytes = append(w.bytes, '\\', char)
	}
	w.raw(value[begun:])
	w.bytes = append(w.bytes, '"')
}
