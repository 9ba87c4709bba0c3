package notify

import (
	"strings"

	"onewindow/models"
)

// template is what one kind of message says. In its texts {name} stands for a parameter and must be there; a part in
// [[ ]] is left out where a parameter of it is missing.
type template struct {
	kind Kind
	// version grows when the parameters change; messages name the version that they were written for, and old versions stay.
	version int
	// urgent messages are sent in quiet hours too.
	urgent bool
	// inboxOnly messages are worth reading and not worth a sound in anybody's pocket.
	inboxOnly bool
	// discreet messages leave the house as a word that there is one: what they are about nobody learns from a screen.
	discreet bool
	// title and short go out by SMS and push and say nothing about the person or the matter; body is for the inbox; plain says
	// the same as body in short sentences and everyday words,
	// where it is nil body does.
	title, body, short models.Text
	plain              models.Text
}

// Variant is how a message is written for its reader.
type Variant string

// The variants. LARGE_TEXT is read in large letters: one sentence a line.
const (
	Standard  Variant = "STANDARD"
	LargeText Variant = "LARGE_TEXT"
	Plain     Variant = "PLAIN"
)

// Variants are all of them.
func Variants() []Variant { return []Variant{Standard, LargeText, Plain} }

// bodyFor is the pattern of the body in a variant.
func (t template) bodyFor(variant Variant) models.Text {
	switch {
	case variant == Plain && t.plain != nil:
		return t.plain
	case variant == LargeText:
		return sentences(t.body)
	}
	return t.body
}

// sentences puts every sentence on a line of its own. What is in [[ ]] stays together: it may be left out whole.
func sentences(text models.Text) models.Text {
	lines := make(models.Text, len(text))
	for locale, pattern := range text {
		if locale == models.English {
			lines[locale] = strings.ReplaceAll(pattern, ". ", ".\n")
			continue
		}
		lines[locale] = strings.TrimSuffix(strings.ReplaceAll(pattern, "。", "。\n"), "\n")
	}
	return lines
}

// versionOf is the newest version of what a kind says.
func versionOf(kind Kind) int {
	said, _ := templateOf(kind, 0)
	return said.version
}

// name is how the outbox and the providers know the template.
func (t template) name() string { return kebab(t.kind) }

// houseTemplates are what the house says beside what helpTemplates do, the newest version of a kind last.
var houseTemplates = []template{
	{
		kind: Submitted, version: 1,
		title: models.T("申请已提交", "Application received"),
		body: models.T(
			"您的“{item}”申请已收到，编号 {number}。接下来由工作人员核对材料，受理后会告诉您最晚的办结日期。您现在不用做什么。",
			"We have received your application “{item}”, number {number}. Staff will now check the documents; once it is accepted we will tell you by when it will be decided. You need not do anything now."),
		short: models.T(
			"您有一件办理事项已提交，编号 {number}。登录后可随时查看进度。",
			"One of your applications has been received, number {number}. Sign in at any time to see its progress."),
	},
	{
		kind: Accepted, version: 1,
		title: models.T("申请已受理", "Application accepted"),
		body: models.T(
			"您的“{item}”（编号 {number}）已受理[[，最晚 {day} 办结]]。有新进展我们会告诉您，您现在不用做什么。",
			"Your application “{item}” (number {number}) has been accepted[[ and will be decided by {day}]]. We will tell you when there is news; you need not do anything now."),
		short: models.T(
			"您有一件办理事项已受理，编号 {number}[[，最晚 {day} 办结]]。",
			"One of your applications has been accepted, number {number}[[, to be decided by {day}]]."),
	},
	{
		kind: DeemedAccepted, version: 1,
		title: models.T("申请已视为受理", "Application deemed accepted"),
		body: models.T(
			"我们没有在规定的时间内答复您，很抱歉。依法您的“{item}”（编号 {number}）自收到材料之日起即为受理[[，最晚 {day} 办结]]。您现在不用做什么。",
			"We are sorry that we did not answer you in time. By law your application “{item}” (number {number}) counts as accepted from the day on which we received it[[ and will be decided by {day}]]. You need not do anything now."),
		short: models.T(
			"您有一件办理事项已视为受理，编号 {number}[[，最晚 {day} 办结]]。",
			"One of your applications counts as accepted, number {number}[[, to be decided by {day}]]."),
	},
	{
		kind: SupplementRequested, version: 1, urgent: true,
		title: models.T("还缺材料，请补齐", "Documents are missing"),
		body: models.T(
			"您的“{item}”（编号 {number}）还缺：{materials}。请打开办件上传，最晚在 {day} 当天提交，逾期申请会自动终止。[[工作人员说明：{note}]]",
			"Your application “{item}” (number {number}) still needs: {materials}. Please open the application, upload what is missing and hand it in on {day} at the latest, otherwise the application ends by itself.[[ A note from the staff: {note}]]"),
		short: models.T(
			"您有一件办理事项需要补齐材料，编号 {number}，最晚 {day}。请登录查看缺什么。",
			"One of your applications needs more documents, number {number}, by {day}. Please sign in to see which."),
		plain: models.T(
			"“{item}”还缺：{materials}。打开这件事就能上传，最晚 {day} 交。不交，申请就结束了。[[说明：{note}]]",
			"“{item}” still needs: {materials}. Open it, upload them and hand in by {day}, or the application ends.[[ Note: {note}]]"),
	},
	{
		kind: Supplemented, version: 1,
		title: models.T("补正材料已收到", "Your documents have arrived"),
		body: models.T(
			"您为“{item}”（编号 {number}）补交的材料已收到，办理继续[[，现在最晚 {day} 办结]]。您现在不用做什么。",
			"We have received the documents that you added to “{item}” (number {number}), and work on it goes on[[; it will now be decided by {day}]]. You need not do anything now."),
		short: models.T(
			"您有一件办理事项的补正材料已收到，编号 {number}，办理继续[[，现在最晚 {day} 办结]]。",
			"The documents for one of your applications have arrived, number {number}. Work on it goes on[[, to be decided by {day}]]."),
	},
	{
		kind: StepSuspended, version: 1,
		title: models.T("正在进行特别程序", "A special procedure has begun"),
		body: models.T(
			"您的“{item}”（编号 {number}）[[的“{steps}”环节]]进入特别程序，这段时间依法不计入办理期限，结束后接着计算。[[{note}。]]您现在不用做什么。",
			"Your application “{item}” (number {number}) is in a special procedure[[ in step “{steps}”]]. By law this time does not count towards the deadline; the clock goes on afterwards.[[ {note}.]] You need not do anything now."),
		short: models.T(
			"您有一件办理事项进入特别程序，期间不计入办理期限，编号 {number}。",
			"One of your applications is in a special procedure that does not count towards its deadline, number {number}."),
	},
	{
		kind: Extended, version: 1,
		title: models.T("办理期限已延长", "The deadline has been extended"),
		body: models.T(
			"您的“{item}”（编号 {number}）需要更多时间[[，新的办结日期最晚为 {day}]]。[[{note}]]给您带来不便，请谅解。",
			"Your application “{item}” (number {number}) needs more time[[ and will now be decided by {day}]].[[ {note}]] We are sorry for the inconvenience."),
		short: models.T(
			"您有一件办理事项延长了办理期限，编号 {number}[[，最晚 {day} 办结]]。",
			"The deadline of one of your applications has been extended, number {number}[[, to be decided by {day}]]."),
	},
	{
		kind: DatesMoved, version: 1,
		title: models.T("办理日期有变", "Dates have moved"),
		body: models.T(
			"因为国家节假日安排有变，您的“{item}”（编号 {number}）的日期重新计算了。[[{note}]]您不用重新申请。",
			"Because the public holidays have changed, the dates of your application “{item}” (number {number}) were counted anew.[[ {note}]] You need not apply again."),
		short: models.T(
			"因节假日安排有变，您有一件办理事项的日期已调整，编号 {number}[[，最晚 {day} 办结]]。",
			"Because the public holidays have changed, dates of one of your applications have moved, number {number}[[, to be decided by {day}]]."),
	},
	{
		kind: Approved, version: 1,
		title: models.T("申请已批准", "Application approved"),
		body: models.T(
			"好消息：您的“{item}”（编号 {number}）已批准，正在制作办理结果，做好后会告诉您。",
			"Good news: your application “{item}” (number {number}) has been approved. The result is being prepared; we will tell you when it is ready."),
		short: models.T(
			"您有一件办理事项已批准，编号 {number}，结果做好后会通知您。",
			"One of your applications has been approved, number {number}. We will tell you when the result is ready."),
	},
	{
		kind: Rejected, version: 1,
		title: models.T("申请未获批准", "Application rejected"),
		body: models.T(
			"很遗憾，您的“{item}”（编号 {number}）没有获得批准。{note}",
			"We are sorry: your application “{item}” (number {number}) was not approved. {note}"),
		short: models.T(
			"您有一件办理事项已作出决定，编号 {number}。请登录查看结果、理由和救济途径。",
			"A decision has been made on one of your applications, number {number}. Please sign in to read it, its reasons and how to appeal."),
	},
	{
		kind: Completed, version: 1,
		title: models.T("事项已办结", "Your result is ready"),
		body: models.T(
			"您的“{item}”（编号 {number}）已办结。[[{results}]]",
			"Your application “{item}” (number {number}) is complete.[[ {results}]]"),
		short: models.T(
			"您有一件办理事项已办结，编号 {number}。请登录查看结果。",
			"One of your applications is complete, number {number}. Please sign in to see the result."),
		plain: models.T(
			"“{item}”办好了。[[{results}]]",
			"“{item}” is done.[[ {results}]]"),
	},
	{
		kind: RatingInvitation, version: 1, inboxOnly: true,
		title: models.T("请给这次办理打个分", "How did we do?"),
		body: models.T(
			"您的“{item}”（编号 {number}）办完了，感觉怎么样？点开办件就能打分，说说哪里好、哪里还要改。不评价也没有关系。",
			"Your application “{item}” (number {number}) is complete. How was it? Open the application to rate it and tell us what was good and what was not. You need not if you do not want to."),
		short: models.T("请给这次办理打个分，编号 {number}。", "Please rate how we did, number {number}."),
	},
	{
		kind: Lapsed, version: 1,
		title: models.T("申请已终止", "The application has ended"),
		body: models.T(
			"因为没有在期限内补齐材料，您的“{item}”（编号 {number}）已终止。填过的内容和交过的材料都还在，您可以随时用它们重新申请。",
			"Your application “{item}” (number {number}) has ended because the missing documents did not come in time. What you filled in and handed in is still there: you can apply again with it at any time."),
		short: models.T(
			"您有一件办理事项因逾期未补齐材料已终止，编号 {number}。资料仍在，可随时重新申请。",
			"One of your applications has ended because documents did not come in time, number {number}. You can apply again with what is there."),
	},
	{
		kind: Withdrawn, version: 1,
		title: models.T("申请已撤回", "Application withdrawn"),
		body: models.T(
			"您的“{item}”[[（编号 {number}）]]已按您的要求撤回，各部门不再办理。以后需要时可以重新申请。",
			"Your application “{item}”[[ (number {number})]] has been withdrawn as you asked; no department works on it any more. You can apply again whenever you need to."),
		short: models.T(
			"您有一件办理事项已撤回[[，编号 {number}]]。如非本人操作，请登录查看。",
			"One of your applications has been withdrawn[[, number {number}]]. If this was not you, please sign in and look."),
	},
	{
		kind: StillLacking, version: 1,
		title: models.T("轮到下一项了，还差一点", "The next one's turn has come"),
		body: models.T(
			"“{item}”要等的事项已经办结，但它还不能提交。[[{note}。]]补齐后请点提交。",
			"What “{item}” was waiting for is done, but it cannot be handed in yet.[[ {note}.]] Please complete it and hand it in."),
		short: models.T(
			"您的一件事中有一项还需补充内容才能提交。请登录查看。",
			"One part of your application still needs something from you. Please sign in to see what."),
	},
	{
		kind: PathBlocked, version: 1,
		title: models.T("有一项暂时办不了", "One part cannot go on for now"),
		body: models.T(
			"“{item}”暂时不能继续办理。[[{note}。]]其他事项照常办理，不受影响。",
			"“{item}” cannot go on for now.[[ {note}.]] The other parts go on as before."),
		short: models.T(
			"您的一件事中有一项暂时不能继续办理，其他事项不受影响。请登录查看原因和办法。",
			"One part of your application cannot go on for now; the others are not affected. Please sign in to see why and what to do."),
	},
	{
		kind: Deferred, version: 1,
		title: models.T("容缺受理：部分材料可以后补", "Taken in with documents to follow"),
		body: models.T(
			"您的“{item}”（编号 {number}）已先行受理，以下材料可以后补：{materials}。请最晚在 {day} 当天补交；补交之前不能办结，办理期限照常计算。",
			"Your application “{item}” (number {number}) has been taken in although this is still to come: {materials}. Please hand it in on {day} at the latest; the application cannot be completed before, and its time limit runs on."),
		short: models.T(
			"您有一件办理事项已先行受理，编号 {number}，还有材料最晚须在 {day} 当天补交，请登录查看。",
			"One of your applications has been taken in, number {number}; a document is to follow by {day}. Please sign in to see which."),
	},
	{
		kind: DeferredLate, version: 1, urgent: true,
		title: models.T("容缺材料逾期未补交", "A deferred document is late"),
		body: models.T(
			"您的“{item}”（编号 {number}）最晚应在 {day} 补交的材料还没有收到：{materials}。请尽快补交，补交之前不能办结；有困难请联系承办部门。",
			"What was to follow for your application “{item}” (number {number}) by {day} has not come: {materials}. Please hand it in soon: the application cannot be completed before. If that is difficult, please call the department."),
		short: models.T(
			"您有一件办理事项的后补材料已逾期，编号 {number}，请尽快登录补交。",
			"A document for one of your applications is late, number {number}. Please sign in and hand it in soon."),
	},
	{
		kind: RatingAnswered, version: 1,
		title: models.T("您的评价已有答复", "Your rating has been answered"),
		body: models.T(
			"您对“{item}”（编号 {number}）的评价已有答复：{note}",
			"Your rating of “{item}” (number {number}) has been answered: {note}"),
		short: models.T(
			"您的一条评价已有答复，编号 {number}，请登录查看。",
			"One of your ratings has been answered, number {number}. Please sign in to read it."),
	},
	{
		kind: CommitmentBroken, version: 1, urgent: true,
		title: models.T("承诺与实际不符", "A commitment does not hold"),
		body: models.T(
			"经核查，您为“{item}”（编号 {number}）作出的承诺与实际不符。{note}",
			"A check found that what you committed to for “{item}” (number {number}) does not hold. {note}"),
		short: models.T(
			"您有一件办理事项的承诺经核查与实际不符，编号 {number}，请登录查看并尽快改正。",
			"A check found that a commitment of yours does not hold, number {number}. Please sign in and put it right soon."),
	},
	{
		kind: MissingMaterialReminder, version: 1,
		title: models.T("提醒：材料还没有补齐", "Reminder: documents are still missing"),
		body: models.T(
			"您的“{item}”（编号 {number}）还缺：{materials}。{left}，请打开办件上传，最晚在 {day} 当天提交，逾期申请会自动终止。",
			"Your application “{item}” (number {number}) still needs: {materials}. {left}: please open the application, upload what is missing and hand it in on {day} at the latest, otherwise the application ends by itself."),
		short: models.T(
			"提醒：您有一件办理事项的材料还没有补齐，编号 {number}，最晚 {day}，{left}。请登录补交。",
			"Reminder: one of your applications still needs documents, number {number}, by {day}. {left}. Please sign in to hand them in."),
		plain: models.T(
			"“{item}”还缺：{materials}。{left}。打开这件事就能上传，最晚 {day} 交。不交，申请就结束了。",
			"“{item}” still needs: {materials}. {left}. Open it, upload them and hand in by {day}, or the application ends."),
	},
	{
		kind: DeferredMaterialReminder, version: 1,
		title: models.T("提醒：容缺材料还没有补交", "Reminder: a deferred document is due"),
		body: models.T(
			"您的“{item}”（编号 {number}）已先行办理，还需补交：{materials}。{left}，请最晚在 {day} 当天补交，否则不能办结。",
			"Work on your application “{item}” (number {number}) has begun, but it still needs: {materials}. {left}: please hand it in on {day} at the latest, otherwise the application cannot be completed."),
		short: models.T(
			"提醒：您有一件办理事项还需补交材料，编号 {number}，最晚 {day}，{left}。请登录补交。",
			"Reminder: one of your applications still needs a document, number {number}, by {day}. {left}. Please sign in to hand it in."),
	},
	{
		kind: SessionEnded, version: 1, urgent: true,
		title: models.T("您的账号已退出登录", "You have been signed out"),
		body: models.T(
			"我们发现您的登录凭证被重复使用，为了安全已让那台设备退出登录。请重新登录；如果不是您本人在用，请检查手机和账号的安全。",
			"A sign-in token of yours was used a second time. To be safe we have signed that device out. Please sign in again; if this was not you, please check that your phone and your account are safe."),
		short: models.T(
			"为了安全，您的一台设备已退出登录。如非本人操作，请尽快登录查看。",
			"To be safe, one of your devices has been signed out. If this was not you, please sign in soon and look."),
	},
	{
		kind: NewDevice, version: 1, urgent: true,
		title: models.T("您的账号在新设备上登录", "Signed in on a new device"),
		body: models.T(
			"您的账号刚刚在一台新设备上登录。如果是您本人，什么也不用做；如果不是，请在自己的手机上退出登录后重新登录，不要把验证码告诉任何人，并联系服务窗口。",
			"Your account was just signed in to on a new device. If this was you, you need not do anything. If not, please sign out and in again on your own phone, tell nobody your codes, and turn to a service window."),
		short: models.T(
			"您的账号刚刚在新设备上登录。如非本人操作，请尽快登录查看。",
			"Your account was just signed in to on a new device. If this was not you, please sign in soon and look."),
	},
	{
		kind: BindingRequested, version: 1, urgent: true,
		title: models.T("有一部新手机申请使用您的身份", "A new phone asks to use your identity"),
		body: models.T(
			"有人在一部新手机上填写了您的姓名和公民身份号码，申请使用您的身份办事。如果是您本人或您换了手机，请在 24 小时内确认；如果不是，请拒绝，对方什么也看不到。请求编号 {number}。",
			"Somebody gave your name and identity number on a new phone and asks to act as you. If it is you, please confirm within 24 hours. If not, please refuse: nothing of yours is shown. Request {number}."),
		short: models.T(
			"有一部新手机申请使用您的身份，请登录确认或拒绝。如非本人操作，请务必拒绝。",
			"A new phone asks to use your identity. Please sign in to confirm or refuse. If this was not you, refuse."),
	},
	{
		kind: PhoneJoined, version: 1, urgent: true,
		title: models.T("一部新手机已加入您的账号", "A new phone has joined your account"),
		body: models.T(
			"一部新手机经核验已加入您的账号，可以用您的身份办事。如果不是您本人操作，请在“我的手机号”中移除它，并联系服务窗口。",
			"After a check a new phone has joined your account and can act as you. If this was not you, please remove it under “My phones” and turn to a service window."),
		short: models.T(
			"一部新手机已加入您的账号。如非本人操作，请尽快登录查看。",
			"A new phone has joined your account. If this was not you, please sign in soon and look."),
	},
	{
		kind: PhoneRemoved, version: 1, urgent: true,
		title: models.T("一个手机号已从您的账号移除", "A phone was removed from your account"),
		body: models.T(
			"一个手机号已从您的账号移除，其他设备已退出登录，需要时请重新登录。如果不是您本人操作，请联系服务窗口。",
			"A phone was removed from your account and your other devices were signed out; please sign in again where you need to. If this was not you, please turn to a service window."),
		short: models.T(
			"一个手机号已从您的账号移除。如非本人操作，请尽快登录查看。",
			"A phone was removed from your account. If this was not you, please sign in soon and look."),
	},
	{
		kind: IdentityUnbound, version: 1, urgent: true,
		title: models.T("您的身份绑定已解除", "Your identity is no longer bound"),
		body: models.T(
			"您的身份已与手机解除绑定，所有设备已退出登录。已提交的申请继续办理；重新绑定身份后可以看到它们。如果不是您本人操作，请联系服务窗口。",
			"Your identity is no longer bound to your phones, and all devices were signed out. Applications that were handed in go on; you see them again once you bind your identity anew. If this was not you, please turn to a service window."),
		short: models.T(
			"您的身份绑定已解除，所有设备已退出登录。如非本人操作，请联系服务窗口。",
			"Your identity is no longer bound and all devices were signed out. If this was not you, please turn to a service window."),
	},
	{
		kind: IdentityLinked, version: 1,
		title: models.T("您的身份已在各部门核对完毕", "All departments have answered about your identity"),
		body: models.T(
			"先前没有答复的部门已全部答复。各部门是否有您的登记，请在“我的身份”中查看。",
			"The departments that had not answered before have all answered now. Which of them know you is shown under “My identity”."),
		short: models.T(
			"各部门已全部答复您的身份核对，请登录查看。",
			"All departments have answered about your identity. Please sign in to see."),
	},
	{
		kind: IdentityUnlinked, version: 1,
		title: models.T("有部门一直没有答复您的身份核对", "Some departments never answered about your identity"),
		body: models.T(
			"三天内一直有部门没有答复。您的身份和已办的事项不受影响，需要的材料可以自行上传；在“我的身份”中可以看到是哪些部门，再次核验身份即可重新询问。",
			"Some departments have not answered for three days. Your identity and your applications are not affected, and you may upload papers yourself. “My identity” shows which departments they are; binding again asks them anew."),
		short: models.T(
			"有部门三天内没有答复您的身份核对，已办事项不受影响，请登录查看。",
			"Some departments have not answered about your identity for three days. Your applications are not affected. Please sign in to see."),
	},
	{
		kind: DataExported, version: 1, urgent: true,
		title: models.T("有人申请下载您的全部资料", "A copy of your data was asked for"),
		body: models.T(
			"您的账号刚刚申请下载您在一窗的全部资料，链接十分钟内有效。如果不是您本人操作，请立即在“我的设备”中退出其他设备，并联系服务窗口。",
			"Your account has just asked for a copy of all your data; the link works for ten minutes. If this was not you, please sign out your other devices at once and turn to a service window."),
		short: models.T(
			"您的账号申请下载全部资料。如非本人操作，请尽快登录查看。",
			"Your account asked for a copy of all data. If this was not you, please sign in soon and look."),
	},
	{
		kind: ConsentWithdrawn, version: 1,
		title: models.T("一项同意已收回", "A consent has ended"),
		body: models.T(
			"从 {day} 起，不再以“{item}”为由使用有关资料。{note}您可以随时在“我的同意”中重新同意。如果不是您本人操作，请登录更正，并联系服务窗口。",
			"From {day} on no data is used for “{item}” any more. {note} You can agree again under “My consents” at any time. If this was not you, please sign in, put it right and turn to a service window."),
		short: models.T(
			"您的一项同意已收回，自 {day} 起生效。如非本人操作，请登录查看。",
			"One of your consents has ended, from {day} on. If this was not you, please sign in and look."),
		plain: models.T(
			"“{item}”这件事，您已说不同意。从 {day} 起我们不再这样做。{note}想改主意，随时可以重新同意。",
			"You said no to “{item}”. From {day} on we do it no more. {note} You can say yes again at any time."),
	},
	{
		kind: DelegationOffered, version: 1,
		title: models.T("有人请您代为办事", "Somebody asks you to act for them"),
		body: models.T(
			"有人请您代为办理事项。请在“我的委托”中查看是谁、办哪些事、到什么时候，再决定接受或谢绝；不认识对方时请谢绝。",
			"Somebody asks you to act for them. Please look under “My delegations” who it is, for which services and until when, and accept or decline. Decline if you do not know them."),
		short: models.T(
			"有人请您代为办事，请登录查看并决定是否接受。",
			"Somebody asks you to act for them. Please sign in to look and decide."),
	},
	{
		kind: DelegationAccepted, version: 1,
		title: models.T("您的委托已被接受", "Your delegation was accepted"),
		body: models.T(
			"您委托的人已接受，可以在您给出的范围内代您办事，每一步都会记下双方的名字。您可以随时收回委托。",
			"The person whom you asked has accepted and can act for you within what you gave; every step names you both. You can take it back at any time."),
		short: models.T(
			"您的委托已被接受，可随时登录收回。",
			"Your delegation was accepted. You can take it back at any time."),
	},
	{
		kind: DelegationOver, version: 1,
		title: models.T("一项委托已结束", "A delegation has ended"),
		body: models.T(
			"一项委托已收回、谢绝或放弃，从现在起不能再据此代为办事。已办的事项不受影响。",
			"A delegation was taken back, declined or given up; nobody can act by it any more. What was done stays done."),
		short: models.T("一项委托已结束。", "A delegation has ended."),
	},
	{
		kind: FileInfected, version: 1, urgent: true,
		title: models.T("一份材料需要重新上传", "A paper has to be uploaded again"),
		body: models.T(
			"您之前上传的一份材料经安全检查发现病毒，文件已删除，没有发给任何部门。请用杀毒软件检查设备，重新制作该材料并再次上传；如有疑问，请联系服务窗口。",
			"A virus was found in a paper that you uploaded. The file was removed and no department got it. Please check your device with antivirus software, make the paper anew and upload it again; a service window will help if anything is unclear."),
		short: models.T(
			"您上传的一份材料发现病毒，已删除，请重新上传。",
			"A virus was found in a paper that you uploaded; it was removed. Please upload it again."),
	},
	{
		kind: SupplementReadyReminder, version: 1,
		title: models.T("材料已齐，请点“提交补正”", "Everything is there: please hand it in"),
		body: models.T(
			"您的“{item}”（编号 {number}）要补的材料都已上传，但还没有提交。{left}：请最晚在 {day} 当天打开办件，点“提交补正”，我们才能继续办理；不提交，申请会自动终止。",
			"All that your application “{item}” (number {number}) needed has been uploaded, but not handed in yet. {left}: please open it and press “hand in” on {day} at the latest, so that work can go on; otherwise the application ends by itself."),
		short: models.T(
			"您有一件办理事项的补正材料已齐但未提交，编号 {number}，请最晚在 {day} 当天登录，点“提交补正”。",
			"Everything for one of your applications is uploaded but not handed in, number {number}. Please sign in and hand it in by {day}."),
		plain: models.T(
			"“{item}”的材料都传好了。还差一步：打开这件事，点“提交补正”。最晚 {day}。",
			"All papers for “{item}” are there. One step is left: open it and press “hand in”. The last day is {day}."),
	},
	{
		kind: DocumentExpiresReminder, version: 1,
		title: models.T("证件快到期了", "A document is about to expire"),
		body: models.T(
			"您办理“{item}”（编号 {number}）取得的证件有效期到 {day} 为止。{left}。需要继续使用的，请提前办理延续或换发。",
			"The document that you got by “{item}” (number {number}) is valid until {day}. {left}. If you still need it please apply for a new one in time."),
		short: models.T(
			"您有一份证件将于 {day} 到期，请登录查看。",
			"One of your documents is valid until {day}. Please sign in to see which."),
		plain: models.T(
			"您的证件（来自“{item}”）{day} 以后就不能用了。还要用的话，请早点来换新的。",
			"Your document from “{item}” is of no use after {day}. If you need it, please get a new one soon."),
	},
	{
		kind: DocumentEndsReminder, version: 1,
		title: models.T("卡包里有证件快到期了", "A document in your wallet is about to expire"),
		body: models.T(
			"您卡包里的“{materials}”有效期到 {day} 为止。{left}。以后办事还要用的，请提前换发，再上传新的。",
			"“{materials}” in your wallet is valid until {day}. {left}. If you still need it, please have it renewed in time and upload the new one."),
		short: models.T(
			"您卡包里有一份证件将于 {day} 到期，请登录查看。",
			"A document in your wallet is valid until {day}. Please sign in to see which."),
		plain: models.T(
			"您的“{materials}”{day} 以后就不能用了。还要用的话，请早点去换新的。",
			"Your “{materials}” is of no use after {day}. If you need it, please get a new one soon."),
	},
	{
		kind: WardDocumentEndsReminder, version: 1,
		title: models.T("孩子的证件快到期了", "A document of your child is about to expire"),
		body: models.T(
			"您监护的孩子卡包里的“{materials}”有效期到 {day} 为止。{left}。以后办事还要用的，请提前换发，再上传新的。",
			"“{materials}” in the wallet of a child in your care is valid until {day}. {left}. If it is still needed, please have it renewed in time and upload the new one."),
		short: models.T(
			"您监护的孩子有一份证件将于 {day} 到期，请登录查看。",
			"A document of a child in your care is valid until {day}. Please sign in to see which."),
		plain: models.T(
			"孩子的“{materials}”{day} 以后就不能用了。还要用的话，请早点去换新的。",
			"Your child's “{materials}” is of no use after {day}. If it is needed, please get a new one soon."),
	},
	{
		kind: ResultWaitsReminder, version: 1,
		title: models.T("结果还没有领取", "Your result is waiting for you"),
		body: models.T(
			"您的“{item}”（编号 {number}）已经办好，纸质结果还在办理窗口。请凭身份证件领取，也可以请人代领。",
			"Your application “{item}” (number {number}) has been finished and the paper result still lies at the counter. Please fetch it with your identity document, or send somebody."),
		short: models.T(
			"您有一件办理事项的结果还没有领取，编号 {number}。请凭身份证件到办理窗口领取。",
			"The result of one of your applications has not been fetched yet, number {number}. Please fetch it at the counter with your identity document."),
	},
	{
		kind: RatingReminder, version: 1,
		title: models.T("办得怎么样？", "How did it go?"),
		body: models.T(
			"您的“{item}”（编号 {number}）已办结。愿意的话请评价一下，好坏都可以，不影响您以后办事。",
			"Your application “{item}” (number {number}) has been finished. If you like, tell us how it went, good or bad; it changes nothing for you later."),
		short: models.T(
			"您有一件办理事项已办结，欢迎评价，编号 {number}。",
			"One of your applications has been finished; you may rate it, number {number}."),
	},
	{
		kind: DraftReminder, version: 1,
		title: models.T("有一份申请还没提交", "An application was begun and not submitted"),
		body: models.T(
			"您开始填写的“{item}”还没有提交。填好的内容都在，随时可以接着填；不办了也不用管它。",
			"You began an application for “{item}” and have not submitted it. All that you filled in is kept and you may go on at any time; if you do not need it, leave it."),
		short: models.T(
			"您有一份没有提交的申请，填好的内容都在，可以接着填。",
			"You have an application that was not submitted. All that you filled in is kept."),
	},
	{
		kind: DataSeenNotice, version: 1,
		title: models.T("有人查看过您的资料", "Somebody looked at your data"),
		body: models.T(
			"{day}，工作人员因办理业务查看过您的资料。谁、为什么、看了什么，都记在“谁看过我的资料”里；有疑问可以在那里提出。",
			"On {day} staff looked at your data for their work. Who, why and what is written down under “who looked at my data”, where you can object."),
		short: models.T(
			"{day}，工作人员因办理业务查看过您的资料，可登录查看记录。",
			"On {day} staff looked at your data for their work. Sign in to see the record."),
	},
	{
		kind: Digest, version: 1,
		title: models.T("不急的消息，一起看", "News that could wait"),
		body: models.T(
			"有 {count} 条不急的消息：\n{lines}",
			"News that could wait ({count}):\n{lines}"),
		short: models.T(
			"您有 {count} 条不急的消息，登录后可查看。",
			"News that could wait: {count}. Sign in to read it when it suits you."),
	},
	{
		kind: AcceptanceDueNotice, version: 1, inboxOnly: true,
		title: models.T("受理期限将到", "Acceptance is due"),
		body: models.T(
			"“{item}”（编号 {number}）最晚 {day} 须受理或一次告知补正，逾期即视为受理。{left}。",
			"“{item}” (number {number}) has to be accepted, or everything missing named at once, by {day}; otherwise it counts as accepted. {left}."),
		short: models.T("受理期限将到，编号 {number}，最晚 {day}。", "Acceptance is due, number {number}, by {day}."),
	},
	{
		kind: DecisionDueNotice, version: 1, inboxOnly: true,
		title: models.T("办结期限将到", "A decision is due"),
		body: models.T(
			"“{item}”（编号 {number}）最晚 {day} 须办结。{left}。",
			"“{item}” (number {number}) has to be decided by {day}. {left}."),
		short: models.T("办结期限将到，编号 {number}，最晚 {day}。", "A decision is due, number {number}, by {day}."),
	},
	{
		kind: DecisionOverdueNotice, version: 1, inboxOnly: true, urgent: true,
		title: models.T("已超期", "Overdue"),
		body: models.T(
			"“{item}”（编号 {number}）应于 {day} 办结，现已超期。请尽快办理，并向申请人说明原因。",
			"“{item}” (number {number}) was to be decided by {day} and is overdue. Please decide it soon and tell the applicant why it took longer."),
		short: models.T("已超期，编号 {number}，应于 {day} 办结。", "Overdue, number {number}, was due on {day}."),
	},
	{
		kind: LoginCode, version: 1, urgent: true,
		title: models.T("登录验证码", "Sign-in code"),
		body: models.T(
			"您的验证码是 {code}，5 分钟内有效。请不要告诉任何人，工作人员也不会向您索要。",
			"Your code is {code}; it is good for 5 minutes. Do not tell anyone: our staff will never ask for it."),
		short: models.T(
			"您的验证码是 {code}，5 分钟内有效。请不要告诉任何人，工作人员也不会向您索要。",
			"Your code is {code}; it is good for 5 minutes. Do not tell anyone: our staff will never ask for it."),
	},
	{
		kind: EmailCode, version: 1, urgent: true,
		title: models.T("确认您的邮箱", "Confirm your email address"),
		body: models.T(
			"您的验证码是 {code}，10 分钟内有效。如果不是您本人操作，请不用理会。",
			"Your code is {code}; it is good for 10 minutes. If you did not ask for it, you need not do anything."),
		short: models.T(
			"您的验证码是 {code}，10 分钟内有效。如果不是您本人操作，请不用理会。",
			"Your code is {code}; it is good for 10 minutes. If you did not ask for it, you need not do anything."),
	},
}

// templateOf finds what a message of a kind says, in the version that it was written for; 0: the newest.
func templateOf(kind Kind, version int) (found template, known bool) {
	for _, candidate := range templates {
		if candidate.kind == kind && (version == 0 || candidate.version == version) {
			found, known = candidate, true
		}
	}
	return found, known
}
