package connector

import (
	"encoding/base64"
	"unicode"
	"unicode/utf8"

	"onewindow/models"
)

// EncodeMaterialRequest writes a MaterialRequest.
func EncodeMaterialRequest(request MaterialRequest) ([]byte, error) {
	return write(materialRequestWire{request.Subject, request.Material, request.Purpose, request.Application})
}

// DecodeMaterialRequest reads what EncodeMaterialRequest wrote.
func DecodeMaterialRequest(body []byte) (MaterialRequest, error) {
	var wire materialRequestWire
	err := read(body, &wire)
	return MaterialRequest{Subject: wire.Subject, Material: wire.Material, Purpose: wire.Purpose, Application: wire.Application}, err
}

// EncodeDocument writes the answer to a MaterialRequest.
func EncodeDocument(document Document) ([]byte, error) { return write(document.wire()) }

func (d Document) wire() documentWire {
	wire := documentWire{Number: d.Number, IssuedOn: dateText(d.IssuedOn), ExpiresOn: dateText(d.ExpiresOn), Fields: d.Fields}
	if d.File != nil {
		wire.File = &fileWire{d.File.Name, d.File.ContentType, d.File.Content}
	}
	return wire
}

// DecodeDocument reads the answer to a MaterialRequest. The number may be absent (a record has none), the file too.
func DecodeDocument(body []byte) (*Document, error) {
	var wire documentWire
	if err := read(body, &wire); err != nil {
		return nil, err
	}
	file := 0
	if wire.File != nil {
		file = base64.StdEncoding.EncodedLen(len(wire.File.Base64))
	}
	if len(body)-file > largestPlainAnswer {
		return nil, rubbish("body: at most 1 MiB besides the file")
	}
	return wire.document()
}

func (wire documentWire) document() (*Document, error) {
	issued, err := readDate("issuedOn", wire.IssuedOn)
	if err != nil {
		return nil, err
	}
	expires, err := readDate("expiresOn", wire.ExpiresOn)
	if err != nil {
		return nil, err
	}
	if issued != nil && expires != nil && *expires < *issued {
		return nil, rubbish("expiresOn")
	}
	if len(wire.Number) > longestText || !plain(wire.Number) {
		return nil, rubbish("number")
	}
	if wire.Number == "" && issued == nil && expires == nil && wire.Fields == nil && wire.File == nil {
		return nil, rubbish("body")
	}
	if !storable(wire.Fields) {
		return nil, rubbish("fields")
	}
	document := &Document{Subject: wire.Subject, Number: wire.Number, IssuedOn: issued, ExpiresOn: expires, Fields: wire.Fields}
	if wire.File != nil {
		if wire.File.Name == "" || len(wire.File.Name) > longestText || !plain(wire.File.Name) || len(wire.File.Base64) == 0 {
			return nil, rubbish("file")
		}
		document.File = &File{Name: wire.File.Name, ContentType: wire.File.ContentType, Content: wire.File.Base64}
	}
	return document, nil
}

// plain refuses what would break a line, a terminal or the reading direction where the text is shown.
func plain(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, char := range text {
		if unicode.IsControl(char) || unicode.Is(unicode.Bidi_Control, char) {
			return false
		}
	}
	return true
}

// EncodeCase writes a Case.
func EncodeCase(handed Case) ([]byte, error) {
	wire := caseWire{
		Number: handed.Number, Step: handed.Step, Item: itemWire{handed.ItemCode, handed.ItemVersion}, Applicant: applicantWire{handed.Subject},
		Form: handed.Form, Materials: make([]caseMaterialWire, 0, len(handed.Materials)), DueAt: handed.DueAt, Priority: handed.Priority,
	}
	if wire.Form == nil {
		wire.Form = map[string]string{}
	}
	if wire.DueAt != nil {
		local := wire.DueAt.In(models.Zone)
		wire.DueAt = &local
	}
	for _, material := range handed.Materials {
		wire.Materials = append(wire.Materials, caseMaterialWire{
			material.Code, material.Number, dateText(material.IssuedOn), dateText(material.ExpiresOn), material.SHA256, material.URL,
		})
	}
	return write(wire)
}

// DecodeCase reads what EncodeCase wrote.
func DecodeCase(body []byte) (*Case, error) {
	var wire caseWire
	if err := read(body, &wire); err != nil {
		return nil, err
	}
	if !eventIDPart.MatchString(wire.Number) || !eventIDPart.MatchString(wire.Step) || wire.Item.Code == "" {
		return nil, rubbish("number, step or item")
	}
	handed := &Case{
		Number: wire.Number, Step: wire.Step, ItemCode: wire.Item.Code, ItemVersion: wire.Item.Version,
		Subject: wire.Applicant.Subject, Form: wire.Form, DueAt: wire.DueAt, Priority: wire.Priority,
	}
	for _, raw := range wire.Materials {
		issued, err := readDate("materials.issuedOn", raw.IssuedOn)
		if err != nil {
			return nil, err
		}
		expires, err := readDate("materials.expiresOn", raw.ExpiresOn)
		if err != nil {
			return nil, err
		}
		handed.Materials = append(handed.Materials, CaseMaterial{
			Code: raw.Code, Number: raw.Number, IssuedOn: issued, ExpiresOn: expires, SHA256: raw.SHA256, URL: raw.URL,
		})
	}
	return handed, nil
}
