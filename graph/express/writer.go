package express

import (
	"strconv"
	"time"
	"unicode/utf8"

	"onewindow/models"
)

// writer appends an answer's JSON.
type writer struct {
	bytes  []byte
	locale models.Locale
	// failed: something is not there that the schema promises; the executor says so.
	failed bool
}

const hexadecimal = "0123456789abcdef"

// quote writes a text. What is not UTF-8 becomes the character that stands for broken text.
func (w *writer) quote(text string) {
	out := append(w.bytes, '"')
	begun := 0
	for index := 0; index < len(text); {
		char := text[index]
		if char >= ' ' && char != '"' && char != '\\' && char < utf8.RuneSelf {
			index++
			continue
		}
		if char >= utf8.RuneSelf {
			if decoded, size := utf8.DecodeRuneInString(text[index:]); decoded != utf8.RuneError || size != 1 {
				index += size
				continue
			}
			out = append(append(out, text[begun:index]...), "\uFFFD"...)
		} else {
			out = append(out, text[begun:index]...)
			switch char {
			case '"', '\\':
				out = append(out, '\\', char)
			default:
				out = append(out, '\\', 'u', '0', '0', hexadecimal[char>>4], hexadecimal[char&15])
			}
		}
		index++
		begun = index
	}
	w.bytes = append(append(out, text[begun:]...), '"')
}

func (w *writer) null()          { w.bytes = append(w.bytes, "null"...) }
func (w *writer) number(n int)   { w.bytes = strconv.AppendInt(w.bytes, int64(n), 10) }
func (w *writer) truth(yes bool) { w.bytes = strconv.AppendBool(w.bytes, yes) }

func (w *writer) moment(at time.Time) {
	w.bytes = append(at.In(models.Zone).AppendFormat(append(w.bytes, '"'), time.RFC3339), '"')
}

func (w *writer) day(day models.Date) {
	w.bytes = append(day.Start().AppendFormat(append(w.bytes, '"'), time.DateOnly), '"')
}

// member writes one field's value.
type member[T any] struct {
	// key is the field's name with quotes and colon.
	key   string
	write func(w *writer, from T)
}

// object is a selection of a type, laid out.
type object[T any] []member[T]

func (o object[T]) write(w *writer, from T) {
	w.bytes = append(w.bytes, '{')
	for index := range o {
		if index > 0 {
			w.bytes = append(w.bytes, ',')
		}
		w.bytes = append(w.bytes, o[index].key...)
		o[index].write(w, from)
	}
	w.bytes = append(w.bytes, '}')
}

// field lays out one field of a type for a selection; false where the selection is one that we leave to the executor.
type field[T any] func(chosen *selection) (func(w *writer, from T), bool)

// fields are those of a type that we know.
type fields[T any] map[string]field[T]

// lay lays a selection of a type out.
func (f fields[T]) lay(sets ...[]*selection) (object[T], bool) {
	var laid object[T]
	for _, set := range sets {
		for _, chosen := range set {
			known := f[chosen.name]
			if known == nil {
				return nil, false
			}
			write, ok := known(chosen)
			if !ok {
				return nil, false
			}
			laid = append(laid, member[T]{`"` + chosen.key + `":`, write})
		}
	}
	return laid, true
}

// under lays out what a selection holds.
func (f fields[T]) under(chosen *selection) (object[T], bool) {
	inner, ok := flatten(chosen.sets...)
	if !ok || len(chosen.field.Arguments) > 0 {
		return nil, false
	}
	return f.lay(inner)
}

// leaf is a field without fields of its own.
func leaf[T any](write func(w *writer, from T)) field[T] {
	return func(*selection) (func(*writer, T), bool) { return write, true }
}

func word[T any, S ~string](get func(T) S) field[T] {
	return leaf(func(w *writer, from T) { w.quote(string(get(from))) })
}

func maybeWord[T any, S ~string](get func(T) *S) field[T] {
	return leaf(func(w *writer, from T) {
		if value := get(from); value != nil {
			w.quote(string(*value))
			return
		}
		w.null()
	})
}

// text is a text in the reader's language; of a field that may be null, nothing is null.
func text[T any](get func(T) models.Text) field[T] {
	return leaf(func(w *writer, from T) {
		value := get(from)
		w.failed = w.failed || value == nil
		w.quote(value.In(w.locale))
	})
}

func maybeText[T any](get func(T) models.Text) field[T] {
	return leaf(func(w *writer, from T) {
		if value := get(from); value != nil {
			w.quote(value.In(w.locale))
			return
		}
		w.null()
	})
}

func number[T any](get func(T) int) field[T] {
	return leaf(func(w *writer, from T) { w.number(get(from)) })
}

func truth[T any](get func(T) bool) field[T] {
	return leaf(func(w *writer, from T) { w.truth(get(from)) })
}

func moment[T any](get func(T) time.Time) field[T] {
	return leaf(func(w *writer, from T) { w.moment(get(from)) })
}

func day[T any](get func(T) models.Date) field[T] {
	return leaf(func(w *writer, from T) { w.day(get(from)) })
}

// maybe writes null for nothing and otherwise what is pointed to.
func maybe[T, V any](get func(T) *V, write func(w *writer, value V)) field[T] {
	return leaf(func(w *writer, from T) {
		if value := get(from); value != nil {
			write(w, *value)
			return
		}
		w.null()
	})
}

// nested is one object, or null.
func nested[T, U any](get func(T) *U, of func() fields[*U]) field[T] { return one(get, of, false) }

// promised is one object that the schema says is always there.
func promised[T, U any](get func(T) *U, of func() fields[*U]) field[T] { return one(get, of, true) }

func one[T, U any](get func(T) *U, of func() fields[*U], always bool) field[T] {
	return func(chosen *selection) (func(*writer, T), bool) {
		inner, ok := of().under(chosen)
		return func(w *writer, from T) {
			if value := get(from); value != nil {
				inner.write(w, value)
				return
			}
			w.failed = w.failed || always
			w.null()
		}, ok
	}
}

// many is a list of objects.
func many[T, U any](get func(T) []*U, of func() fields[*U]) field[T] {
	return func(chosen *selection) (func(*writer, T), bool) {
		inner, ok := of().under(chosen)
		return func(w *writer, from T) { list(w, get(from), inner.write) }, ok
	}
}

func list[V any](w *writer, values []V, write func(w *writer, value V)) {
	w.bytes = append(w.bytes, '[')
	for index, value := range values {
		if index > 0 {
			w.bytes = append(w.bytes, ',')
		}
		write(w, value)
	}
	w.bytes = append(w.bytes, ']')
}

func words[T any](get func(T) []string) field[T] {
	return leaf(func(w *writer, from T) { list(w, get(from), (*writer).quote) })
}
