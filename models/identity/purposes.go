package identity

import "onewindow/models"

// bySelf is the law of what rests on consent, byDuty of what rests on a duty.
var (
	bySelf = models.T(
		"《个人信息保护法》第十三条第一款第一项、第十四条",
		"Personal Information Protection Law, Articles 13(1)(1) and 14")
	byDuty = models.T(
		"《个人信息保护法》第十三条第一款第三项、第三十四条，《行政许可法》，《政务数据共享条例》（国务院令第809号）",
		"Personal Information Protection Law, Articles 13(1)(3) and 34; Administrative Licensing Law; Regulations on Government Data Sharing (State Council Order No. 809)")
)

// Purposes is the table: every use of personal data, its text, what it rests on, what it allows and what follows from a no.
// docs/privacy.md shows it; a test holds the two together.
func Purposes() Register {
	first := models.NewDate(2026, 3, 1)
	return Register{
		{
			Code: PurposeBinding, Name: models.T("身份核验与向部门查询", "Proving who you are, and asking departments"),
			Wordings: []Wording{{"1", first, models.T(
				"为核验您的身份并办理您申请的事项，我们将您的姓名和公民身份号码提交给公安机关核验，并向您办事所涉及的部门查询您在该部门的登记标识和办事所需的基本信息（出生日期、性别、户籍地、居住地、家庭成员、优待类别）。信息加密保存，仅用于办理您的事项；您可以查看谁在何时因何查看过您的信息，并可随时撤回同意。",
				"To verify who you are and to handle what you apply for, we submit your name and identity number to the public security authority and ask the departments concerned for your registration with them and for the basic data that your matters need (date of birth, gender, place of registration, place of living, household, entitlements). The data is encrypted and used for your matters only; you can see who looked at it, when and why, and you can withdraw this consent at any time.")}},
			Basis: ByConsent, Citation: bySelf, Giver: OnlySelf,
			Requests: []Request{AskWho, AskProof, AskPaper},
			Effect: models.T(
				"撤回后，我们不再向任何部门查询您或由您监护的未成年人的信息和材料，未得到答复的查询随即停止；身份绑定和已提交的申请不受影响，所缺材料请自行上传。重新同意后恢复查询。",
				"Once withdrawn, no department is asked about you or about the minors in your care, and questions without an answer end. Your identity stays bound and what you handed in goes on; please upload yourself what is missing. Questions are asked again once you agree again."),
		},
		{
			Code: PurposeHandling, Name: models.T("办理您提交的申请", "Working what you have handed in"),
			Wordings: []Wording{{"1", first, models.T(
				"您提交申请后，我们依法将办理该事项所需的申请内容和材料交给承办部门，接收部门的办理进度和结果，并在您撤回申请时通知部门停止办理。各部门只能看到其环节所需的内容。咨询或行使您的权利请拨打12345。",
				"Once you have handed in an application, the law has us give the departments that work it the answers and papers that it needs, take their progress and decisions, and tell them to stop when you take it back. Each department sees only what its step needs. For questions and your rights call 12345.")}},
			Basis: ByLaw, Citation: byDuty, Giver: NobodyHasToAgree,
			Requests: []Request{HandOver, TakeBack},
			Effect: models.T(
				"这是履行法定职责所必需，不以同意为前提，因此不能单独撤回。不希望继续办理的，可以撤回申请。",
				"The law lays this duty down; it does not rest on consent and cannot be withdrawn by itself. You can withdraw the application instead."),
		},
		{
			Code: PurposeSensitive, Name: models.T("向部门调取敏感材料", "Asking departments for sensitive papers"),
			Wordings: []Wording{{"1", first, models.T(
				"您在办理某一事项时请求获取材料的，我们向出具部门调取该事项所需的敏感材料（如身份证、户口簿、婚姻、社保、医疗健康、残疾、低保等记录）。只调取该事项列明的材料，只用于该申请；这样您不必自行提交。材料加密保存，每次查看都有记录。敏感信息一旦泄露，可能影响您的人身、财产安全或人格尊严。您可以单独同意，也可以拒绝；拒绝不影响办事，所缺材料由您自行上传。咨询或行使您的权利请拨打12345。",
				"When you ask for the papers of one named matter, we fetch the sensitive ones that it needs from the departments that issue them (such as identity, household, marriage, social insurance, health, disability and low-income records): only those that the matter lists, for that application alone, so that you need not bring them. They are kept encrypted and each look at them is recorded. If such data leaked, it could harm your safety, property or dignity. You may agree to this separately, or refuse: your matter goes on, and you upload what is missing. For questions and your rights call 12345.")}},
			Basis: ByLaw, Citation: models.T(
				byDuty[models.Chinese]+"；敏感信息另按《个人信息保护法》第二十八条、第三十条告知",
				byDuty[models.English]+"; notice on sensitive data by Articles 28 and 30 of the Personal Information Protection Law"),
			Sensitive: true, Giver: SelfOrGuardian, GuardianUntil: ageOfMajority, Refusable: true,
			Requests: []Request{AskSensitivePaper},
			Effect: models.T(
				"拒绝后，我们不再向部门调取敏感材料，已取得的材料仍用于已提交的申请；所缺的敏感材料请自行上传。重新同意后恢复调取。",
				"Once refused, no department is asked for sensitive papers; those that came before stay with what you handed in. Please upload the missing ones yourself. They are fetched again once you agree again."),
		},
		{
			Code: PurposeMinor, Name: models.T("为被监护的未成年人查询", "Asking about a minor in your care"),
			Wordings: []Wording{{"1", first, models.T(
				"您以监护人身份为未成年人办事并请求获取材料的，我们向办事所涉及的部门查询该未成年人的登记标识和该事项所需的材料。不满十四周岁未成年人的信息是敏感个人信息，由监护人同意。您对“身份核验与向部门查询”的同意一并适用于登记在您名下的未成年人，您可以就某个孩子单独拒绝；未成年人年满十四周岁并自行绑定身份后，由其本人决定。咨询或行使您的权利请拨打12345。",
				"When you, as guardian, act for a minor and ask for papers, we ask the departments concerned for the minor's registration with them and for the papers that the matter needs. Data of children under fourteen is sensitive, and the guardian agrees to its use. Your consent to “proving who you are, and asking departments” holds for the minors whom the register gives to you; you may refuse for one child. From the day on which a minor of fourteen or more binds the own identity, the minor decides. For questions and your rights call 12345.")}},
			Basis: ByConsent, Citation: models.T(
				"《个人信息保护法》第十三条第一款第一项、第二十八条、第三十一条",
				"Personal Information Protection Law, Articles 13(1)(1), 28 and 31"),
			Sensitive: true, Giver: OnlyGuardian, GuardianUntil: ageOfMajority, With: PurposeBinding,
			Requests: []Request{AskWho, AskPaper},
			Effect: models.T(
				"拒绝后，我们不再就该未成年人向任何部门查询；已提交的申请不受影响，所缺材料请自行上传。任一监护人重新同意后恢复查询。",
				"Once refused, no department is asked about this minor. What was handed in goes on; please upload what is missing. Questions are asked again once a guardian agrees again."),
		},
		{
			Code: PurposeFollowUp, Name: models.T("健康随访与用药提醒", "Reminders of health follow-ups and medicines"),
			Wordings: []Wording{{"1", first, models.T(
				"我们根据您在社区登记的慢性病随访计划和长期用药安排，在到期前提醒您随访、检查或续方。为此我们保存随访项目和到期日。这是医疗健康信息，属于敏感个人信息，需要您单独同意；提醒的短信和推送中不出现病名、药名。不同意不影响办理任何事项。咨询或行使您的权利请拨打12345。",
				"We remind you before a follow-up, a check-up or a new prescription is due, from the plan that you registered with your community for a chronic condition or a long-term medicine. For this we keep what is due and when. This is health data, which is sensitive and needs your separate consent; no text message or push names a condition or a medicine. If you do not agree, nothing else that you do here is affected. For questions and your rights call 12345.")}},
			Basis: ByConsent, Citation: models.T(
				"《个人信息保护法》第十三条第一款第一项、第二十八条、第二十九条；不满十四周岁的另按第三十一条",
				"Personal Information Protection Law, Articles 13(1)(1), 28 and 29; for children under fourteen also Article 31"),
			Sensitive: true, Giver: SelfOrGuardian, GuardianUntil: AgeOfOwnAccount,
			Effect: models.T(
				"撤回后，我们立即停止提醒。",
				"Once withdrawn, the reminders stop at once."),
		},
	}
}
