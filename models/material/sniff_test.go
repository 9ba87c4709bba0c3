package material

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"
)

func zipWith(t testing.TB, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: "virus.exe", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(bytes.Repeat([]byte("MZ"), size/2)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOnlyTheBytesTellTheType(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"pdf":                      {samplePDF("x"), "pdf"},
		"pdf with blank end":       {append(samplePDF("x"), "\r\n\x00\x00"...), "pdf"},
		"jpg":                      {sampleJPEG(t), "jpg"},
		"png":                      {samplePNG(t), "png"},
		"nothing":                  {nil, ""},
		"html":                     {[]byte("<!doctype html><script>alert(1)</script>"), ""},
		"svg":                      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ""},
		"zip":                      {zipWith(t, 10), ""},
		"exe":                      {append([]byte("MZ\x90\x00\x03"), make([]byte, 400)...), ""},
		"gif":                      {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ""},
		"html that ends as a pdf":  {append([]byte("<script>alert(1)</script>"), samplePDF("x")...), ""},
		"zip that ends as a pdf":   {append(zipWith(t, 10), samplePDF("x")...), ""},
		"large zip behind a pdf":   {append(samplePDF("x"), zipWith(t, 4000)...), ""},
		"only the head of a pdf":   {[]byte("%PDF-1.7\n"), "pdf"},
		"head and end of a pdf":    {[]byte("%PDF-1.7\n%%EOF"), "pdf"},
		"pdf of no known version":  {bytes.Replace(samplePDF("x"), []byte("%PDF-1.7"), []byte("%PDF-9.7"), 1), "pdf"},
		"half a pdf":               {samplePDF("x")[:200], "pdf"},
		"half a jpg":               {sampleJPEG(t)[:600], "jpg"},
		"jpg without its last two": {sampleJPEG(t)[:len(sampleJPEG(t))-2], "jpg"},
		"head and end of a jpg":    {[]byte{0xFF, 0xD8, 0xFF, 0xD9}, "jpg"},
		"head of a jpg, then html": {append([]byte{0xFF, 0xD8, 0xFF, 0xE0}, "<script>alert(1)</script>\xFF\xD9"...), ""},
		"half a png":               {samplePNG(t)[:len(samplePNG(t))/2], "png"},
		"png without its end":      {samplePNG(t)[:len(samplePNG(t))-12], "png"},
		"png with a changed byte":  {flipped(samplePNG(t), 60), "png"},
		"head of a png, then html": {append([]byte("\x89PNG\r\n\x1a\n"), "<script>alert(1)</script>"...), ""},
		"png without a picture":    {emptyPNG(), "png"},
		"png of a million square":  {hugePNG(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			kind, _, known := sniff(c.content)
			if kind.code != c.want || known != (c.want != "") {
				t.Errorf("taken as %q, want %q", kind.code, c.want)
			}
		})
	}
}

func flipped(content []byte, at int) []byte {
	changed := bytes.Clone(content)
	changed[at] ^= 1
	return changed
}

func chunk(name string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, name...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func pngOf(side uint32, chunks ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	out := append(bytes.Clone(pngHead), chunk("IHDR", append(header, 8, 2, 0, 0, 0))...)
	return append(out, bytes.Join(append(chunks, chunk("IEND", nil)), nil)...)
}

func emptyPNG() []byte { return pngOf(1) }
func hugePNG() []byte  { return pngOf(1_000_000, chunk("IDAT", []byte{1})) }

// What hangs behind the end of a document is not kept: a second file, or the rest of the uncropped picture.
func TestWhatHangsBehindTheDocumentIsCutOff(t *testing.T) {
	for name, document := range map[string][]byte{
		"pdf": bytes.TrimSpace(samplePDF("x")), "jpg": sampleJPEG(t), "png": samplePNG(t),
	} {
		for tail, hidden := range map[string][]byte{
			"zip": zipWith(t, 20), "html": []byte("<script>alert(1)</script>"), "video": []byte("\x00\x00\x00\x18ftypmp42"),
		} {
			kind, kept, known := sniff(append(bytes.Clone(document), hidden...))
			if !known || kind.code != name || !bytes.Equal(kept, document) {
				t.Errorf("%s with %s behind it: known %v, type %q, %d bytes kept of %d", name, tail, known, kind.code, len(kept), len(document))
			}
		}
	}
}

func TestWhatIsKeptCanStillBeOpened(t *testing.T) {
	_, kept, _ := sniff(append(sampleJPEG(t), "tail"...))
	if _, err := jpeg.Decode(bytes.NewReader(kept)); err != nil {
		t.Errorf("jpg: %v", err)
	}
	_, kept, _ = sniff(append(samplePNG(t), "tail"...))
	if _, err := png.Decode(bytes.NewReader(kept)); err != nil {
		t.Errorf("png: %v", err)
	}
}

// A thumbnail inside the first segments has an end mark of its own, which is not the picture's.
func TestAThumbnailDoesNotEndThePicture(t *testing.T) {
	inner, outer := sampleJPEG(t), sampleJPEG(t)
	segment := append([]byte{0xFF, 0xE1, byte((len(inner) + 2) >> 8), byte((len(inner) + 2) & 0xFF)}, inner...)
	whole := append(append(bytes.Clone(outer[:2]), segment...), outer[2:]...)
	if _, kept, known := sniff(whole); !known || len(kept) != len(whole) {
		t.Errorf("known %v, %d of %d bytes kept", known, len(kept), len(whole))
	}
}

func FuzzSniff(f *testing.F) {
	f.Add(samplePDF("x"))
	f.Add(sampleJPEG(f))
	f.Add(samplePNG(f))
	f.Add(hugePNG())
	f.Fuzz(func(t *testing.T, content []byte) {
		kind, kept, known := sniff(content)
		if known && (len(kept) == 0 || !bytes.HasPrefix(content, kept) || kind.code == "") {
			t.Errorf("kept %d of %d bytes as %q", len(kept), len(content), kind.code)
		}
		if again, _, still := sniff(kept); known && (!still || again.code != kind.code) {
			t.Errorf("what was kept as %q is no such document", kind.code)
		}
	})
}

func TestFileNamesAreMadeFitToBeShown(t *testing.T) {
	pdf, jpg := formats[0], formats[1]
	for given, want := range map[string]string{
		"户口簿.pdf":                         "户口簿.pdf",
		"户口簿.PDF":                         "户口簿.PDF",
		"../../etc/passwd":                "passwd.pdf",
		`C:\Users\王\出生证.pdf`:              "出生证.pdf",
		"bill.pdf.exe":                    "bill.pdf.exe.pdf",
		"annex\u202Efdp.exe":              "annexfdp.exe.pdf",
		"a\x00b\r\nc.pdf":                 "abc.pdf",
		"zero\u200Bwidth.pdf":             "zerowidth.pdf",
		"e\u0301tat.pdf":                  "\u00e9tat.pdf",
		"bad\xff\xfebytes.pdf":            "badbytes.pdf",
		`quote"<a>|b?.pdf`:                "quoteab.pdf",
		"   ":                             "file.pdf",
		"...":                             "file.pdf",
		".pdf":                            "file.pdf",
		"":                                "file.pdf",
		"folder/":                         "file.pdf",
		strings.Repeat("长", 300):          strings.Repeat("长", 116) + ".pdf",
		strings.Repeat("长", 300) + ".pdf": strings.Repeat("长", 116) + ".pdf",
	} {
		got := cleanFileName(given, pdf)
		if got != want || utf8.RuneCountInString(got) > longestFileName {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
	if got := cleanFileName("照片.jpeg", jpg); got != "照片.jpeg" {
		t.Errorf("a jpeg became %q", got)
	}
}
