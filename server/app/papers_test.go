package app_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// samplePDF is a small PDF of one empty page, with a true index.
func samplePDF(title string) []byte {
	var out bytes.Buffer
	var offsets []int
	out.WriteString("%PDF-1.7\n")
	for i, body := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
		fmt.Sprintf("<< /Title (%s) >>", title),
	} {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	index := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, index)
	return out.Bytes()
}

// sampleJPEG is a small photograph.
func sampleJPEG(t testing.TB) []byte {
	t.Helper()
	photo := image.NewRGBA(image.Rect(0, 0, 35, 49))
	for x := range 35 {
		for y := range 49 {
			photo.Set(x, y, color.RGBA{R: uint8(x * 7), G: uint8(y * 5), B: 128, A: 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, photo, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
