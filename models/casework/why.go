package casework

import (
	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// why says in words why an applicant is not asked for a paper: which document there is, from where and since when, or what stands
// in its place; nil where the applicant handed it in, or still is asked for it.
func why(item *catalogue.Item, requirement *material.Requirement, document *material.Document, department func(code string) *catalogue.Department) models.Text {
	switch {
	case requirement.Status == material.NotNeeded && requirement.ReplacedBy != "":
		if winner, found := item.Material(requirement.ReplacedBy); found {
			return phrase(models.T("已有“{}”，这一项不用再交", "“{}” is there; this one is not needed any more"), winner.Material.Name)
		}
	case requirement.Status == material.NotNeeded:
		return models.T("根据您的情况和填写的内容，不需要这份材料", "It is not needed in your case, by what you filled in")
	case requirement.Status == material.Committed:
		return models.T("您已书面承诺，不用提交这份材料", "You gave your written promise instead; it need not be handed in")
	case document == nil:
		return nil
	case requirement.Status == material.Fetched:
		return phrase(models.T("已直接从{}取得{}，不用您提交", "It came directly from {}{}; you need not hand it in"), departmentName(department(document.SourceDepartment)), lasts(document))
	case requirement.Status == material.Reused:
		return phrase(models.T("{}{}，不用再次提交", "{}{}; it need not be handed in again"), held(document, department), lasts(document))
	}
	return nil
}

// held says how a document came into the wallet.
func held(document *material.Document, department func(code string) *catalogue.Department) models.Text {
	issuer, since := departmentName(department(document.SourceDepartment)), day(models.DateOf(document.CreatedAt))
	switch {
	case document.Source == material.FromApplication:
		return phrase(models.T("您的卡包里已有{}办结申请后核发的证照（{}）", "Your wallet holds it as the result of an application, issued by {} ({})"), issuer, issuedOr(document, since))
	case document.Source == material.FromDepartment:
		return phrase(models.T("您的卡包里已有{}提供的证照（{}取得）", "Your wallet holds it, supplied by {} ({})"), issuer, since)
	case document.Trust == material.Verified && document.Verified != nil:
		return phrase(models.T("您的卡包里已有这份材料，{}已于{}与原件核对", "Your wallet holds it; {} checked it against the original on {}"),
			departmentName(department(document.Verified.DepartmentCode)), day(models.DateOf(document.Verified.At)))
	}
	return phrase(models.T("您选用了卡包里{}上传的材料", "You chose the one of your wallet that was uploaded on {}"), since)
}

func issuedOr(document *material.Document, since models.Text) models.Text {
	if document.IssuedOn == nil {
		return since
	}
	return day(*document.IssuedOn)
}

func lasts(document *material.Document) models.Text {
	if document.ExpiresOn == nil {
		return models.T("", "")
	}
	return phrase(models.T("，有效期至{}", ", valid until {}"), day(*document.ExpiresOn))
}
