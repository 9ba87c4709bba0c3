package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A file that does not fit is refused in words for the person, by either way in, and the requirement stays as it was.
func TestAFileThatDoesNotFit(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		resident := c.resident(t, "r34")
		draft := change(t, resident, "StartApplication", vars{"itemCode": "id-card-replacement"}).Application
		saved := change(t, resident, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "reason", "value": "expired"}}}).Application
		photo, card := *saved.required("photo-id"), *saved.required("id-card")
		large := slices.Concat(samplePDF("large"), bytes.Repeat([]byte{' '}, 900)) // room behind the end is cut off
		tooLarge := padded(10<<20 + 1)
		cases := []struct {
			name    string
			wanted  requirement
			file    string
			content []byte
			want    mend
		}{
			{"text under the name of a PDF", card, "card.pdf", []byte("这不是 PDF"), mend{"FORMAT", "文件格式不符，请上传PDF、JPG、PNG格式的文件", "This file cannot be taken, please upload a file of the type PDF, JPG, PNG", "file"}},
			{"a program", card, "card.jpg", append([]byte("MZ\x90\x00"), make([]byte, 500)...), mend{"FORMAT", "文件格式不符，请上传PDF、JPG、PNG格式的文件", "This file cannot be taken, please upload a file of the type PDF, JPG, PNG", "file"}},
			{"a PDF for a photograph", photo, "photo.jpg", large, mend{"FORMAT", "文件格式不符，请上传JPG格式的文件", "This file cannot be taken, please upload a file of the type JPG", "file"}},
			{"nothing", card, "card.pdf", nil, mend{"REQUIRED", "文件是空的，请重新选择文件", "The file is empty, please choose it again", "file"}},
			{"more than 10 MB", card, "card.pdf", tooLarge, mend{"TOO_LARGE", "文件过大，请上传不超过10 MB的文件", "This file is too large, please upload one of at most 10 MB", "file"}},
		}
		c.unchanged(t, func() {
			for _, one := range cases {
				t.Run(one.name, func(t *testing.T) {
					problematic(t, resident, func(v *visitor) answer {
						return v.attach(t, vars{"applicationId": draft.ID, "requirementId": one.wanted.ID}, one.file, one.content)
					}, one.want)
				})
			}
			plainUpload(t, resident, tooLarge, refusal{status: 413, code: "BAD_USER_INPUT", chinese: "文件过大，最大 10 MB", english: "The file is too large, 10 MB at most"})
			plainUpload(t, resident, []byte("这不是 PDF"), refusal{status: 422, code: "BAD_USER_INPUT",
				chinese: "文件格式不符，请上传PDF、JPG、PNG格式的文件", english: "This file cannot be taken, please upload a file of the type PDF, JPG, PNG"})
			problematic(t, resident, sendInput(t, "AttachMaterial", vars{"applicationId": draft.ID, "requirementId": card.ID}),
				mend{"REQUIRED", "请选择要上传的文件", "Please choose a file to upload", "file"})
		})
		if got := ask[application](t, resident, "PreCheck", vars{"id": draft.ID}); got.required("id-card").Status != "MISSING" || got.required("photo-id").Status != "MISSING" {
			t.Errorf("after files that do not fit: %v", statuses(got))
		}
		upload(t, resident, draft.ID, card, nil) // one that fits is taken
	})
}

// padded is a PDF of a size.
func padded(size int) []byte {
	whole := samplePDF("padded")
	head, tail := whole[:9], whole[9:]
	return slices.Concat(head, []byte("%"), bytes.Repeat([]byte{'x'}, size-len(whole)-2), []byte("\n"), tail)
}

// plainUpload sends a file to POST /files, where it must be refused in both languages.
func plainUpload(t *testing.T, v *visitor, content []byte, want refusal) {
	t.Helper()
	for locale, words := range map[string]string{"zh": want.chinese, "en": want.english} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "card.pdf")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
		_ = form.Close()
		got, err := v.in(locale).post("/files", form.FormDataContentType(), &body)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Code, Title string }
		if err := json.Unmarshal([]byte(got.Raw), &said); err != nil || got.Status != want.status || said.Code != want.code || said.Title != words {
			t.Errorf("POST /files was answered %d %s, want %d %s “%s”", got.Status, got.Raw, want.status, want.code, words)
		}
	}
}

// Where the storage of files takes nothing, a paper is refused in the contract's word, nothing of it is kept, and everything else goes on.
func TestAStorageThatTakesNothing(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		resident := c.resident(t, "r34")
		draft := change(t, resident, "StartApplication", vars{"itemCode": "id-card-replacement"}).Application
		saved := change(t, resident, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "reason", "value": "expired"}}}).Application
		files := filepath.Join(c.folder, "files")
		if err := os.Rename(files, files+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files, nil, 0o600); err != nil { // a file where the folder was: nothing can be written below it, by whomever
			t.Fatal(err)
		}
		fields := vars{"applicationId": draft.ID, "requirementId": saved.required("photo-id").ID}
		if code, message := refusalOf(resident.attach(t, fields, "photo.jpg", sampleJPEG(t))); code != "UNAVAILABLE" {
			t.Errorf("%s %s", code, message)
		}
		change(t, resident, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "reason", "value": "damaged"}}})
		if err := errors.Join(os.Remove(files), os.Rename(files+".away", files)); err != nil {
			t.Fatal(err)
		}
		upload(t, resident, draft.ID, *saved.required("photo-id"), nil)
	})
}
