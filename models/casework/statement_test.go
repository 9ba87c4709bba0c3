package casework

import (
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// What a document says of itself follows from its trust, in both languages.
func TestADocumentSaysWhoStandsForIt(t *testing.T) {
	office := &catalogue.Department{Code: "health", Name: models.T("卫生健康委", "Health Commission")}
	department := func(string) *catalogue.Department { return office }
	last := models.DateOf(time.Date(2027, 6, 30, 9, 0, 0, 0, models.Zone))
	compared := &material.Verification{At: time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone), DepartmentCode: "health"}
	for name, test := range map[string]struct {
		document         material.Document
		chinese, english string
	}{
		"issued": {
			material.Document{Trust: material.Issued, SourceDepartment: "health", ExpiresOn: &last},
			"此件由卫生健康委提供，仅供办理政务服务事项时使用，有效期至2027年6月30日",
			"Supplied by Health Commission, for use in public services only, valid until 30 June 2027",
		},
		"issued without an end": {
			material.Document{Trust: material.Issued, SourceDepartment: "health"},
			"此件由卫生健康委提供，仅供办理政务服务事项时使用", "Supplied by Health Commission, for use in public services only",
		},
		"compared": {
			material.Document{Trust: material.Verified, Verified: compared},
			"此件经与原件核对无误，由卫生健康委于2026年3月2日核对", "Compared with the original and found true, by Health Commission on 2 March 2026",
		},
		"uploaded":      {material.Document{Trust: material.Uploaded}, "此件由本人上传，尚未与原件核对", "Uploaded by the person, not yet compared with the original"},
		"self-declared": {material.Document{Trust: material.SelfDeclared}, "此件由本人填写并签署，内容由本人负责", "Filled in and signed by the person, who answers for it"},
	} {
		said := statement(&test.document, department)
		if said.In(models.Chinese) != test.chinese || said.In(models.English) != test.english {
			t.Errorf("%s: %s, %s", name, said.In(models.Chinese), said.In(models.English))
		}
	}
}
