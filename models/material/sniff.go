package material

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/jpeg"
	"image/png"
)

// format is one type of file that is taken.
type format struct {
	code        string // the dictionary's word
	contentType string
	endings     []string // the first is the usual one
	// head is how every file of the type begins.
	head []byte
	// image gives the part of the content that is the document itself; false: it is not of this type, or cut short.
	image func(content []byte) ([]byte, bool)
}

// formats are told apart by their bytes alone: what a name or a header says is never believed.
var formats = []format{
	{code: "pdf", contentType: "application/pdf", endings: []string{".pdf"}, head: []byte("%PDF-"), image: pdfIn},
	{code: "jpg", contentType: "image/jpeg", endings: []string{".jpg", ".jpeg"}, head: []byte{0xFF, 0xD8, 0xFF}, image: jpegIn},
	{code: "png", contentType: "image/png", endings: []string{".png"}, head: []byte("\x89PNG\r\n\x1a\n"), image: pngIn},
}

// sniff finds the type of a file by its bytes. Of a whole document it gives the document without what hangs behind its end:
// there sit the second file of a polyglot, the video of a moving photo, and the uncropped picture of a careless crop tool,
// none of which the person means to hand in. A damaged one is taken as it is: whether it can be read the clerk sees, and asks
// for it again; but nothing is taken that hides a page or an archive.
func sniff(content []byte) (kind format, document []byte, known bool) {
	for _, candidate := range formats {
		if document, fits := candidate.image(content); fits {
			return candidate, document, true
		}
	}
	for _, candidate := range formats {
		if bytes.HasPrefix(content, candidate.head) && !hidesSomething(content) && !isBomb(content) {
			return candidate, content, true
		}
	}
	return format{}, nil, false
}

// hidesSomething finds what a browser would run or an archive tool would unpack.
func hidesSomething(content []byte) bool {
	lower := bytes.ToLower(content)
	for _, mark := range [][]byte{[]byte("<script"), []byte("<html"), []byte("<!doctype"), []byte("<svg"), []byte("<iframe"), []byte("pk\x03\x04")} {
		if bytes.Contains(lower, mark) {
			return true
		}
	}
	return false
}

// isBomb tells that an image claims to be larger than a viewer should unfold.
func isBomb(content []byte) bool {
	if settings, err := png.DecodeConfig(bytes.NewReader(content)); err == nil {
		return !plausible(settings.Width, settings.Height)
	}
	if settings, err := jpeg.DecodeConfig(bytes.NewReader(content)); err == nil {
		return !plausible(settings.Width, settings.Height)
	}
	return false
}

// pdfTail is within how many last bytes readers look for a PDF's end (ISO 32000-1, annex H.3, note 18).
const pdfTail = 1024

var (
	pdfHead  = []byte("%PDF-")
	pdfEnd   = []byte("%%EOF")
	pdfIndex = []byte("startxref")
)

// pdfIn asks for the header at the very first byte, where other types would have theirs, for an object, and for the end
// mark within the last bytes: a PDF that was cut short has none there.
func pdfIn(content []byte) ([]byte, bool) {
	if !bytes.HasPrefix(content, pdfHead) || len(content) < len("%PDF-1.4") || content[5] < '1' || content[5] > '2' || content[6] != '.' {
		return nil, false
	}
	end := bytes.LastIndex(content, pdfEnd)
	if end < 0 || len(content)-end > pdfTail {
		return nil, false
	}
	index := bytes.LastIndex(content[:end], pdfIndex)
	if index < 0 || end-index > pdfTail || !bytes.Contains(content[:index], []byte("obj")) {
		return nil, false
	}
	return content[:end+len(pdfEnd)], true
}

// maxPixels bounds what a clerk's viewer has to unfold; the largest phone cameras make 200 million.
const maxPixels = 250_000_000

func plausible(width, height int) bool {
	return width > 0 && height > 0 && width <= maxPixels/height
}

// jpegIn walks the segments to the end-of-image marker (ITU T.81, annex B).
func jpegIn(content []byte) ([]byte, bool) {
	end, complete := jpegEnd(content)
	if !complete {
		return nil, false
	}
	size, err := jpeg.DecodeConfig(bytes.NewReader(content[:end]))
	return content[:end], err == nil && plausible(size.Width, size.Height)
}

const (
	jpegStart     = 0xD8
	jpegEndMark   = 0xD9
	jpegScan      = 0xDA
	jpegRestart0  = 0xD0
	jpegRestart7  = 0xD7
	jpegTemporary = 0x01
)

func jpegEnd(content []byte) (end int, complete bool) {
	if !bytes.HasPrefix(content, []byte{0xFF, jpegStart, 0xFF}) {
		return 0, false
	}
	scanned := false
	for at := 2; ; {
		at = nextMarker(content, at, scanned)
		if at < 0 {
			return 0, false
		}
		switch marker := content[at]; {
		case marker == jpegEndMark:
			return at + 1, scanned
		case marker == jpegTemporary || (marker >= jpegRestart0 && marker <= jpegRestart7):
			at++
		case marker == jpegStart || at+3 > len(content):
			return 0, false
		default:
			scanned = scanned || marker == jpegScan
			length := int(binary.BigEndian.Uint16(content[at+1:]))
			if length < 2 {
				return 0, false
			}
			at += 1 + length
		}
	}
}

// nextMarker gives where the code of the next marker stands, -1 where none follows. Before the first scan a marker must
// stand right there; after it come compressed data, in which FF 00 stands for the byte FF.
func nextMarker(content []byte, at int, inScan bool) int {
	for at < len(content) {
		if content[at] != 0xFF {
			if !inScan {
				return -1
			}
			skipped := bytes.IndexByte(content[at:], 0xFF)
			if skipped < 0 {
				return -1
			}
			at += skipped
		}
		for at < len(content) && content[at] == 0xFF {
			at++
		}
		if at < len(content) && content[at] != 0 {
			return at
		}
		if !inScan {
			return -1
		}
		at++
	}
	return -1
}

var pngHead = []byte("\x89PNG\r\n\x1a\n")

// pngIn walks the chunks, with their checksums, to IEND (ISO/IEC 15948, 5).
func pngIn(content []byte) ([]byte, bool) {
	if !bytes.HasPrefix(content, pngHead) {
		return nil, false
	}
	pictured := false
	for at := len(pngHead); at+12 <= len(content); {
		stated := binary.BigEndian.Uint32(content[at:])
		if uint64(stated) > uint64(len(content)-at-12) {
			return nil, false
		}
		length := int(stated)
		name, next := string(content[at+4:at+8]), at+12+length
		if crc32.ChecksumIEEE(content[at+4:next-4]) != binary.BigEndian.Uint32(content[next-4:]) {
			return nil, false
		}
		pictured = pictured || name == "IDAT"
		if name == "IEND" {
			size, err := png.DecodeConfig(bytes.NewReader(content[:next]))
			return content[:next], pictured && err == nil && plausible(size.Width, size.Height)
		}
		at = next
	}
	return nil, false
}
