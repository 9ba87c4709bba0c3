package main

import (
	"bytes"
	"fmt"
)

// The two scans of the certificate that the tour hands in: the second comes after the supplement notice.
const (
	firstScan  = "first scan"
	secondScan = "second scan"
)

// birthCertificate writes a one-page PDF that says what it is and that it is a sample.
func birthCertificate(scan string) []byte {
	text := fmt.Sprintf("BT /F1 24 Tf 72 740 Td (SAMPLE) Tj 0 -40 Td (Medical certificate of birth) Tj 0 -40 Td (%s) Tj ET", scan)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
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
