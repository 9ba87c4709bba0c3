package notify

import (
	"strings"
	"unicode"
)

// The widths of a slip in columns of a small printer: a Chinese character takes two. Large letters take twice as many.
const (
	slipColumns  = 32
	largeColumns = 16
)

func columnsOf(large bool) int {
	if large {
		return largeColumns
	}
	return slipColumns
}

// widthOf is how many columns a text takes on paper.
func widthOf(text string) (columns int) {
	for _, char := range text {
		columns += widthOfRune(char)
	}
	return columns
}

// widthOfRune is 2 for what printers of the national character set (GB 18030) print in a full square.
func widthOfRune(char rune) int {
	switch {
	case unicode.In(char, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo),
		char >= 0x3000 && char <= 0x303f, char >= 0xff01 && char <= 0xff60, char >= 0xffe0 && char <= 0xffe6,
		char >= 0x2010 && char <= 0x2026, char == '·', char == '×', char > 0xffff:
		return 2
	}
	return 1
}

// closing marks stay with what stands before them: a line does not begin with one.
const closing = "，。、；：？！）》」』】”’…,.;:?!)"

// onPaper breaks a text into lines that are no wider than the paper. Words of letters stay whole where they can.
func onPaper(text string, columns int) (lines []string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, width := "", 0
		for _, piece := range piecesOf(strings.TrimSpace(printable(paragraph)), columns) {
			if wide := widthOf(strings.TrimRight(piece, " ")); width > 0 && width+wide > columns {
				lines, line, width = append(lines, strings.TrimRight(line, " ")), "", 0
			}
			if line == "" {
				piece = strings.TrimLeft(piece, " ")
			}
			line, width = line+piece, width+widthOf(piece)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// printable leaves out what would steer a printer.
func printable(text string) string {
	return strings.Map(func(char rune) rune {
		if unicode.IsControl(char) || unicode.Is(unicode.Cf, char) {
			return -1
		}
		return char
	}, text)
}

// piecesOf cuts a text where a line may break: before each full square and after each space, but not before a closing mark. A word
// that is wider than the paper is cut.
func piecesOf(text string, columns int) (pieces []string) {
	piece, width := "", 0
	end := func() {
		if piece != "" {
			pieces, piece, width = append(pieces, piece), "", 0
		}
	}
	breaks := false
	for _, char := range text {
		wide := widthOfRune(char)
		if (breaks || wide == 2) && !strings.ContainsRune(closing, char) && char != ' ' || width+wide > columns {
			end()
		}
		piece, width = piece+string(char), width+wide
		breaks = wide == 2 || char == ' '
	}
	end()
	return pieces
}
