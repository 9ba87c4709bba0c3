package material

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onewindow/models"
	"onewindow/models/catalogue"
)

const (
	// MaxBytes is the largest file that is taken of people; the dictionary may ask for less.
	MaxBytes = 10 << 20
	// MaxSupplied is the largest that is taken of departments: whatever fits into a message of 15 MiB in Base64.
	MaxSupplied = 12 << 20
)

// longestFileName is counted in characters, with the ending.
const longestFileName = 120

// File is one file that a person handed in or that a department supplied. Its bytes lie elsewhere, encrypted.
type File struct {
	ID      models.ID
	OwnerID models.ID
	// Name is for people: a base name that was cleaned, with the ending of its true type.
	Name        string
	ContentType string
	Size        int // bytes
	// SHA256 is the digest of the plain bytes in lower-case hexadecimal.
	SHA256    string
	CreatedAt time.Time

	// Scan is what is known of it.
	Scan Scan

	blobKey       string
	keyGeneration uint32
}

// Format gives the dictionary's word for the file's type: pdf, jpg or png.
func (f *File) Format() string {
	for _, format := range formats {
		if format.contentType == f.ContentType {
			return format.code
		}
	}
	return ""
}

// CheckFile tells why a file does not fit what the dictionary asks of a material; nil: it fits.
func CheckFile(material *catalogue.Material, file *File) *models.Problem {
	if len(material.Formats) > 0 && !slices.Contains(material.Formats, file.Format()) {
		return wrongFormat(material.Formats)
	}
	if material.MaxBytes > 0 && file.Size > material.MaxBytes {
		return tooLarge(material.MaxBytes)
	}
	return nil
}

func wrongFormat(allowed []string) *models.Problem {
	return models.NewProblem("FORMAT", "file", models.T(
		fmt.Sprintf("文件格式不符，请上传%s格式的文件", joinFormats(allowed, "、")),
		fmt.Sprintf("This file cannot be taken, please upload a file of the type %s", joinFormats(allowed, ", "))))
}

func tooLarge(limit int) *models.Problem {
	return models.NewProblem("TOO_LARGE", "file", models.T(
		fmt.Sprintf("文件过大，请上传不超过%s的文件", readableSize(limit)),
		fmt.Sprintf("This file is too large, please upload one of at most %s", readableSize(limit))))
}

func emptyFile() *models.Problem {
	return models.NewProblem("REQUIRED", "file", models.T("文件是空的，请重新选择文件", "The file is empty, please choose it again"))
}

func noFile() *models.Problem {
	return models.NewProblem("REQUIRED", "file", models.T("请选择要上传的文件", "Please choose a file to upload"))
}

func readableSize(bytes int) string {
	const kilobyte, megabyte = 1 << 10, 1 << 20
	switch {
	case bytes >= megabyte && bytes%megabyte == 0:
		return fmt.Sprintf("%d MB", bytes/megabyte)
	case bytes >= megabyte:
		return fmt.Sprintf("%.1f MB", float64(bytes)/megabyte)
	case bytes >= kilobyte:
		return fmt.Sprintf("%d KB", bytes/kilobyte)
	}
	return fmt.Sprintf("%d B", bytes)
}

// cleanFileName makes a name fit to be shown and saved under: the base name alone, NFC, without control, invisible and
// direction characters and without what file systems refuse, at most 120 characters, with the ending of the true type.
func cleanFileName(name string, kind format) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimRight(name, " .")
	ending := path.Ext(name)
	if slices.Contains(kind.endings, strings.ToLower(ending)) {
		name = strings.TrimSuffix(name, ending)
	} else {
		ending = kind.endings[0]
	}
	name = strings.Trim(name, " .")
	if name == "" {
		name = "file"
	}
	if room := longestFileName - utf8.RuneCountInString(ending); utf8.RuneCountInString(name) > room {
		name = string([]rune(name)[:room])
	}
	return name + ending
}
