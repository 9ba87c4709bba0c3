package sim

import (
	"bytes"
	"fmt"
	"regexp"

	"onewindow/server/connector"
)

// printable is what may stand in a PDF text without escaping.
var printable = regexp.MustCompile(`[^A-Za-z0-9 .-]`)

// sampleFile makes a document's file: a PDF that says what it is, its number, and that it is a sample.
func sampleFile(material, number string) *connector.File {
	return &connector.File{Name: material + ".pdf", ContentType: "application/pdf", Content: samplePDF(material, number)}
}

// samplePDF writes one A4 page by hand (PDF 1.4, ISO 32000). 示例 is set in a standard Chinese font that every reader brings.
func samplePDF(material, number string) []byte {
	text := fmt.Sprintf("BT /F1 28 Tf 72 740 Td (SAMPLE) Tj /F2 28 Tf 0 -40 Td <793A4F8B> Tj /F1 16 Tf 0 -48 Td (%s) Tj 0 -28 Td (No. %s) Tj ET",
		printable.ReplaceAllString(material, ""), printable.ReplaceAllString(number, ""))
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [7 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 8 0 R >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
	}
	var file bytes.Buffer
	file.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for index, object := range objects {
		offsets[index] = file.Len()
		_, _ = fmt.Fprintf(&file, "%d 0 obj\n%s\nendobj\n", index+1, object)
	}
	table := file.Len()
	_, _ = fmt.Fprintf(&file, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		_, _ = fmt.Fprintf(&file, "%010d 00000 n \n", offset)
	}
	_, _ = fmt.Fprintf(&file, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return file.Bytes()
}
