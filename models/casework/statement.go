package casework

import (
	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// StatementOf is what a document says of itself wherever it is shown: who stands for it, for what it may be used and until when.
func (s *Service) StatementOf(document *material.Document) models.Text {
	return statement(document, func(code string) *catalogue.Department {
		department, _ := s.Catalogue.Current().Department(code)
		return department
	})
}

func statement(document *material.Document, department func(code string) *catalogue.Department) models.Text {
	switch {
	case document.Trust == material.Issued:
		return phrase(models.T("此件由{}提供，仅供办理政务服务事项时使用{}", "Supplied by {}, for use in public services only{}"),
			departmentName(department(document.SourceDepartment)), lasts(document))
	case document.Trust == material.Verified && document.Verified != nil:
		return phrase(models.T("此件经与原件核对无误，由{}于{}核对{}", "Compared with the original and found true, by {} on {}{}"),
			departmentName(department(document.Verified.DepartmentCode)), day(models.DateOf(document.Verified.At)), lasts(document))
	case document.Trust == material.SelfDeclared:
		return models.T("此件由本人填写并签署，内容由本人负责", "Filled in and signed by the person, who answers for it")
	}
	return models.T("此件由本人上传，尚未与原件核对", "Uploaded by the person, not yet compared with the original")
}
