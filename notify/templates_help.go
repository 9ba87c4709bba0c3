package notify

import (
	"slices"

	"onewindow/models"
)

// templates are all that the house says, the newest version of a kind last.
var templates = slices.Concat(houseTemplates, helpTemplates)

// helpTemplates are what volunteers' help is about. {about} says who and what with masked names: whoever reads out a code or cancels
// something has to read first what it is.
var helpTemplates = []template{
	{
		kind: HelpCode, version: 1, urgent: true,
		title: models.T("有志愿者请求代您办事", "A volunteer asks to help you"),
		body: models.T(
			"{about}。同意的话，请把验证码 {code} 告诉这位志愿者，5 分钟内有效；不同意就不用理会。这个验证码不能用来登录。",
			"{about}. If you agree, please tell this volunteer the code {code}, good for 5 minutes; if not, do nothing. The code cannot be used to sign in."),
		short: models.T(
			"{about}。同意就把验证码 {code} 告诉对方，5 分钟内有效；不同意请勿告知。",
			"{about}. If you agree, tell them the code {code}, good for 5 minutes; if not, tell nobody."),
	},
	{
		kind: SecondContactCode, version: 1, urgent: true,
		title: models.T("确认第二联系人", "Confirm your second contact"),
		body: models.T(
			"您正在变更第二联系人：{about}。验证码 {code}，5 分钟内有效，请只在自己的手机上填写，不要告诉任何人，志愿者也不行。",
			"You are changing your second contact: {about}. Code {code}, good for 5 minutes; enter it on your own phone only and tell nobody, no volunteer either."),
		short: models.T(
			"您正在变更第二联系人：{about}。验证码 {code}，5 分钟内有效，不要告诉任何人，志愿者也不行。",
			"Your second contact: {about}. Code {code}, good for 5 minutes; tell nobody, no volunteer either."),
	},
	{
		kind: SecondContactChanged, version: 1, urgent: true,
		title: models.T("第二联系人已变更", "Your second contact has changed"),
		body: models.T(
			"{note}。志愿者代您提交申请时，我们会同时告诉第二联系人。如果不是您本人操作，请尽快登录更正并联系服务窗口。",
			"Done: {note}. When a volunteer hands something in for you we tell the second contact too. If this was not you, please sign in soon, put it right and turn to a service window."),
		short: models.T(
			"您的第二联系人已变更。如非本人操作，请尽快登录查看。",
			"Your second contact has changed. If this was not you, please sign in soon and look."),
	},
	{
		kind: HelpBegun, version: 1, urgent: true,
		title: models.T("志愿者开始代您办事", "A volunteer helps you now"),
		body: models.T(
			"您已同意：{note}。志愿者不能更改您的手机号、收款账户、委托和第二联系人，每一步都会记下双方的名字。您可以随时在“我的委托”中收回。",
			"You have agreed: {note}. The volunteer cannot change your phone, where money is paid, your delegations or your second contact, and every step names you both. You can take it back under “My delegations” at any time."),
		short: models.T(
			"您已同意一位志愿者代您办事。如非本人同意，请尽快登录收回委托。",
			"You have agreed that a volunteer helps you. If you have not, please sign in soon and take it back."),
	},
	{
		kind: HelpedHandIn, version: 1, urgent: true,
		title: models.T("志愿者代您提交了申请", "A volunteer handed something in for you"),
		body: models.T(
			"{note}：打开这件申请，点“取消代办”，它就和没有提交一样，对这位志愿者的委托也同时结束。没有异议的话，您什么也不用做。",
			"{note}: open the application and press “cancel”. It then counts as not handed in, and this volunteer's help ends too. If it is as you want it, you need not do anything."),
		short: models.T(
			"有志愿者刚刚代您提交了一件申请，编号 {number}。如不同意，请在 {day} 前登录取消。",
			"A volunteer has just handed in an application for you, number {number}. If you do not want it, please sign in and cancel it before {day}."),
	},
	{
		kind: HelpedContact, version: 1, urgent: true,
		title: models.T("您关心的人有一件代办申请", "Something was handed in for somebody close to you"),
		body: models.T(
			"{about}提交了一件申请，编号 {number}。您是第二联系人：如有不妥，请在 {day} 前凭取消码 {code} 取消，不需要账号。",
			"Handed in by {about}: application number {number}. You are the second contact: if something is wrong, cancel it before {day} with the code {code}; you need no account."),
		short: models.T(
			"{about}提交了申请，编号 {number}。您是第二联系人，如有不妥，请在 {day} 前凭取消码 {code} 取消。",
			"{number} was handed in: {about}. You are the second contact; to cancel, use the code {code} before {day}."),
	},
	{
		kind: HelpCancelled, version: 1, urgent: true,
		title: models.T("代办的申请已被取消", "What was handed in has been cancelled"),
		body: models.T(
			"志愿者代为提交的“{item}”（编号 {number}）已由{note}取消，视为没有提交，代办的委托也已结束。",
			"“{item}” (number {number}), handed in by a volunteer, was cancelled {note}. It counts as not handed in, and the help has ended."),
		short: models.T(
			"志愿者代办的一件申请已被取消，编号 {number}，请登录查看。",
			"An application handed in by a volunteer was cancelled, number {number}. Please sign in to see."),
	},
	{
		kind: HelpCancelledNotice, version: 1, inboxOnly: true,
		title: models.T("志愿者代办被取消", "A volunteer's hand-in was cancelled"),
		body: models.T(
			"本服务点志愿者代为提交的“{item}”（编号 {number}）已在冷静期内被取消。请向志愿者了解情况。",
			"“{item}” (number {number}), handed in by a volunteer of your service point, was cancelled within the time for it. Please ask the volunteer what happened."),
		short: models.T("志愿者代办被取消，编号 {number}。", "A volunteer's hand-in was cancelled, number {number}."),
	},
	{
		kind: VolunteerEnrolled, version: 1,
		title: models.T("您已登记为志愿者", "You are enrolled as a volunteer"),
		body: models.T(
			"您已登记为服务点志愿者：{note}。帮人办事前，请先让对方读懂短信再报验证码；对方的手机号、收款账户和委托您都不能改。",
			"You are enrolled as a volunteer: {note}. Before you help, let people read the message that brings the code. You cannot change their phone, where money is paid, or their delegations."),
		short: models.T("您已登记为服务点志愿者，请登录查看。", "You are enrolled as a volunteer. Please sign in to see where."),
	},
	{
		kind: VolunteerEnded, version: 1,
		title: models.T("您的志愿者登记已结束", "Your enrolment as a volunteer has ended"),
		body: models.T(
			"您在服务点的志愿者登记已结束（{note}），正在进行的代办也同时结束。谢谢您的帮助。",
			"Your enrolment has ended ({note}), and with it all help that was under way. Thank you for helping."),
		short: models.T("您的志愿者登记已结束，请登录查看。", "Your enrolment as a volunteer has ended. Please sign in to see."),
	},
}
