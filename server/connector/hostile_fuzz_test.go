package connector

import (
	"encoding/json"
	"testing"

	"onewindow/models"
)

// FuzzDecodeDocument: whatever a department supplies, it is refused, or it can be kept and read again.
func FuzzDecodeDocument(f *testing.F) {
	for _, seed := range []string{
		`{"number":"1","issuedOn":"2020-01-01","expiresOn":"2030-01-01","fields":{"a":[1,{"b":null}],"c":"x"}}`,
		`{"subject":"s","fields":{"nationalId":"110101190001010014"},"file":{"name":"a.pdf","contentType":"application/pdf","base64":"JVBERg=="}}`,
		`{"number":"1","Number":"2"}`, `{"fields":{"a":1e999}}`, `{"fields":{"\u0000":1}}`, "\ufeff{}", `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	holder := models.KnownNationalID("33010519920619996X")
	f.Fuzz(func(t *testing.T, body []byte) {
		document, err := DecodeDocument(body)
		if (document == nil) == (err == nil) {
			t.Fatalf("got %v and %v", document == nil, err)
		}
		if err != nil {
			return
		}
		if !plain(document.Number) || document.File != nil && (document.File.Name == "" || len(document.File.Content) == 0) {
			t.Error("something that cannot be shown passed")
		}
		kept, err := json.Marshal(document.Fields)
		var again map[string]any
		if err != nil || json.Unmarshal(kept, &again) != nil || len(again) != len(document.Fields) {
			t.Errorf("it could not be read again: %v", err)
		}
		document.OfAnother("s", holder)
	})
}

// FuzzDecodeSubject: whatever a department says of a person, it is refused, or within the bounds.
func FuzzDecodeSubject(f *testing.F) {
	f.Add([]byte(wholeSubject))
	f.Add([]byte(`{"subject":"s-1","attributes":{"household":[{"name":"x","relation":"child"}]}}`))
	f.Add([]byte(`{"subject":"s","SUBJECT":"t"}`))
	today := models.NewDate(2026, 3, 2)
	f.Fuzz(func(t *testing.T, body []byte) {
		subject, err := DecodeSubject(body, today)
		if (subject == nil) == (err == nil) {
			t.Fatalf("got %v and %v", subject == nil, err)
		}
		if err != nil {
			return
		}
		said := subject.Attributes
		if subject.ID == "" || len(subject.ID) > longestText || len(said.Groups) > mostGroups || len(said.Household) > mostHousehold || said.BirthDate != nil && *said.BirthDate > today {
			t.Error("something out of bounds passed")
		}
	})
}
