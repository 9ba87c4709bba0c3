package connector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"onewindow/models"
)

// The shapes that travel. They hold plain text and never leave this package.
type (
	resolveWire struct {
		NationalID string `json:"nationalId"`
		Name       string `json:"name"`
	}
	subjectWire struct {
		Subject    string         `json:"subject"`
		Attributes attributesWire `json:"attributes"`
	}
	attributesWire struct {
		BirthDate string       `json:"birthDate,omitempty"`
		Gender    string       `json:"gender,omitempty"`
		Region    string       `json:"region,omitempty"`
		Residence string       `json:"residence,omitempty"`
		Address   string       `json:"address,omitempty"`
		Phone     string       `json:"phone,omitempty"`
		Groups    []string     `json:"groups,omitempty"`
		Household []memberWire `json:"household,omitempty"`
	}
	memberWire struct {
		Name       string `json:"name"`
		NationalID string `json:"nationalId,omitempty"`
		Relation   string `json:"relation"`
	}
	proofWire struct {
		NationalID string    `json:"nationalId"`
		Name       string    `json:"name"`
		Kind       ProofKind `json:"kind"`
		Token      string    `json:"token"`
	}
	provenWire struct {
		Proven bool `json:"proven"`
	}
	materialRequestWire struct {
		Subject     string `json:"subject"`
		Material    string `json:"material"`
		Purpose     string `json:"purpose"`
		Application string `json:"application"`
	}
	documentWire struct {
		Subject   string         `json:"subject,omitempty"`
		Number    string         `json:"number,omitempty"`
		IssuedOn  string         `json:"issuedOn,omitempty"`
		ExpiresOn string         `json:"expiresOn,omitempty"`
		Fields    map[string]any `json:"fields,omitempty"`
		File      *fileWire      `json:"file,omitempty"`
	}
	fileWire struct {
		Name        string `json:"name"`
		ContentType string `json:"contentType"`
		Base64      []byte `json:"base64"`
	}
	caseWire struct {
		Number    string             `json:"number"`
		Step      string             `json:"step"`
		Item      itemWire           `json:"item"`
		Applicant applicantWire      `json:"applicant"`
		Form      map[string]string  `json:"form"`
		Materials []caseMaterialWire `json:"materials"`
		DueAt     *time.Time         `json:"dueAt,omitempty"`
		Priority  string             `json:"priority,omitempty"`
	}
	itemWire struct {
		Code    string `json:"code"`
		Version int    `json:"version"`
	}
	applicantWire struct {
		Subject string `json:"subject"`
	}
	caseMaterialWire struct {
		Code      string `json:"code"`
		Number    string `json:"number,omitempty"`
		IssuedOn  string `json:"issuedOn,omitempty"`
		ExpiresOn string `json:"expiresOn,omitempty"`
		SHA256    string `json:"sha256,omitempty"`
		URL       string `json:"url,omitempty"`
	}
	withdrawWire struct {
		Reason string `json:"reason"`
	}
	codeWire struct {
		Code string `json:"code"`
	}
)

// errRubbish says that a body is not what the protocol says. Errors of the decoder are not passed on: they quote the content.
var errRubbish = errors.New("the body does not follow the protocol")

func rubbish(path string) error { return fmt.Errorf("%w at %s", errRubbish, path) }

// read decodes one JSON value without a flaw and nothing after it.
func read(body []byte, into any) error {
	if expected := flaw(body); expected != "" {
		return rubbish("body: " + expected)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return rubbish("body")
	}
	return nil
}

func write(message any) ([]byte, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, errors.New("the message cannot be encoded")
	}
	return body, nil
}

func dateText(day *models.Date) string {
	if day == nil {
		return ""
	}
	return day.String()
}

func readDate(path, text string) (*models.Date, error) {
	if text == "" {
		return nil, nil
	}
	day, err := models.ParseDate(text)
	if err != nil {
		return nil, rubbish(path)
	}
	return &day, nil
}
