// A story in which every RPC succeeds once.
#pragma once

namespace daicho::testing {

// What people and services do one after another, so that every RPC succeeds once for which names
// are not enough: who, the RPC, the events it leaves ("-": none), and its request; a request of
// several messages has "---" between them. Etags and request ids fill themselves in; "$forms" is
// the form that was named last. "approval-database" brings about what else needs months or a race.
inline constexpr char kStory[] = R"(
staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff FormService.UpdateForm form.updated
name: "$forms" content { $open }

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff AttachmentService.RemoveAttachment attachment.removed
name: "$attachments"

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff FormService.SubmitForm form.submitted
name: "$forms"

staff FormService.PullBackForm form.pulled_back
name: "$forms" comment: "日付を直します。"

staff FormService.SubmitForm form.submitted
name: "$forms"

staff FormService.EndAbsence absence.ended
name: "$absences"

staff FormService.RecordAbsence absence.recorded
department: "departments/5002" person: "users/head" reason: "出張"
from_on { $today } until_on { $soon }

deputy FormService.DecideForm form.agreed_as_deputy
name: "$forms" decision: DECISION_AGREE_AS_DEPUTY deputy_reason: "課長が出張中のため"

head FormService.ReviewFormAfterwards form.reviewed_afterwards
name: "$forms"

via_head FormService.DecideForm form.agreed,form.received
name: "$forms" decision: DECISION_AGREE

pr FormService.AdviseForm form.advised
name: "$forms" comment: "頻度を見直してください。" kind: KIND_IMPROVE due_on { $soon }

staff FormService.AnswerForm form.answered
name: "$forms" comment: "週3回とします。"

approval-database
UPDATE forms SET state = 'CONFLICT', apply_time = now(), conflict_reason = 'A', conflict_message = 'a'
 WHERE state = 'UNDER_REVIEW'

pr FormService.SettleConflict form.settled
name: "$forms" comment: "別の様式で開設済みです。"

staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff FormService.WithdrawForm form.withdrawn
name: "$forms"

staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff FormService.SubmitForm form.submitted
name: "$forms"

head FormService.DecideForm form.returned
name: "$forms" decision: DECISION_RETURN comment: "目的を書いてください。"

approval-database
UPDATE forms SET due_on = '2020-01-01' WHERE state = 'RETURNED';
UPDATE form_acts SET act_time = act_time - interval '5 years' WHERE kind = 'RETURNED'

pr FormService.ExpireForms form.expired

staff FormService.PreviewRoute -
name: "$draft"

pr DocumentService.RenderDocument data.read
name: "$forms" document: DOCUMENT_FORM format: FORMAT_HTML

staff FormService.DraftFromAccount data.read
account: "$accounts" action: ACTION_CHANGE

approval AccountService.ApplyForm account.prepared
form: "forms/01980000-0000-7000-8000-000000000001" action: ACTION_OPEN department: "departments/5002"
fields { $fields } effective_on { $today } agreed_by: "users/pr" agree_time { $now }
reception_number: "令和8年度 第900号"

pr FormService.TransferPeople form.transferred,form.transferred
people { subject: "users/staff" department_left: "departments/5002" successor { subject: "users/head" } }

registry FormService.RerouteForms form.rerouted,advice.rerouted
reorganization: "$reorganizations"
successions { department: "departments/5002" successor: "departments/5001" successor_display_name: "教育政策課" }

pr AccountService.GetAccount data.read
name: "$accounts"

staff AccountService.ConfirmOpening account.opened
name: "$accounts" opened_on { $today }

pr AccountService.RecordListing account.listed
name: "$accounts" listing { organization_page { url: "https://www.pref.example/sns/" seen_on { $today } } }

staff AccountService.ReportCondition account.condition_reported
name: "$accounts" condition: CONDITION_SUSPENDED_BY_PLATFORM since { $today } reason: "凍結の通知"

collector FactService.ReportActivity activity.reported
observations { account: "$accounts" last_post_time { $now } observe_time { $now } source: "api" }

collector FactService.StreamActivity activity.reported
observations { account: "$accounts" last_post_time { $now } observe_time { $now } posts_in_90_days: 5 source: "api" }

pr AccountService.GetAccount data.read
name: "$accounts"

staff FactService.RecordVerification account.verification_recorded
name: "$accounts" verification { state: STATE_NOT_APPLIED reason: "準備中" }

staff FactService.RecordProfile account.profile_checked
name: "$accounts" profile { checked_on { $today } summary_present: true }

staff FactService.AttestCustody account.custody_attested
name: "$accounts" custody { attested_on { $today } password_strong: true holder_count: 2 }

staff FactService.RecordWatch account.watched
name: "$accounts" watch { watched_on { $today } place: "X" result: "異常なし" }

staff FactService.RecordGoalSample account.goal_sampled
name: "$accounts" metric: "リーチ数" value: 5 sampled_on { $today }

head FactService.GrantAccess grant.made
account: "$accounts" person { display_name: "板東 健太" }

head FactService.RevokeGrant grant.revoked
name: "$grants" reason: "異動"

approval OpenAdviceService.ReportOpenAdvice account.advice_reported
account: "$accounts" report_number: 900 open_advice { count: 1 earliest_due_on { $soon } advices: "$advices" }

approval AccountService.ApplyForm account.closing
form: "forms/01980000-0000-7000-8000-000000000002" action: ACTION_CLOSE department: "departments/5002"
account: "$accounts" account_etag: "$etag_accounts" effective_on { $today } agreed_by: "users/pr"
agree_time { $now } closing { reason: REASON_TERM_ENDED effective_on { $today } }
reception_number: "令和8年度 第901号"

pr AccountService.GetAccount data.read
name: "$accounts"

pr AccountService.ConfirmClosing account.closed
name: "$accounts" evidence { removal: "削除の画面" unlisted_on { $today } handle_protection: "毎月の確認" }

pr AccountService.ImportAccounts account.imported
content: "department,service,account_name,url,source\n生涯学習課,X,とくしま学び,https://x.com/$handle,https://www.pref.example/sns/\n"

admin DepartmentService.ImportDepartments department.imported
content: "code,name,kana,kind,parent,via\n0301,統計課,とうけいか,PREFECTURAL_OFFICE,,\n"

admin DepartmentService.ReorganizeDepartments department.reorganized,reorganization.effected
effective_on { $today } steps { rename { department: "departments/0301" display_name: "統計情報課" } }

admin DepartmentService.ReorganizeDepartments reorganization.scheduled
effective_on { $soon } steps { rename { department: "departments/0301" display_name: "統計戦略課" } }

admin DepartmentService.CancelReorganization reorganization.cancelled
name: "$reorganizations"

pr DepartmentService.SweepTransfers data.read
people { display_name: "板東 健太" department_left: "departments/5002" }

pr LookupService.LookupAccount -
url: "https://x.com/nobody"

pr LookupService.BatchLookupAccounts -
requests { url: "https://x.com/nobody" }

pr AccountService.LookupAccountAsOf -
lookup { url: "https://x.com/nobody" } read_time { $now }

pr WarningService.CreateWarning warning.created
url: "https://x.com/$handle" department: "departments/5002" notice_ja: "偽のアカウントです。"
reported_on { $today }

pr WarningService.UpdateWarning warning.changed
name: "$warnings" update_mask { paths: "notice_ja" } notice_ja: "なりすましです。"

pr WarningService.WithdrawWarning warning.withdrawn
name: "$warnings" reason: "誤りでした。"

pr IncidentService.CreateIncident incident.opened
department: "departments/5002" kind: KIND_MISTAKEN_POST accounts: "$account" detect_time { $now } seen_at: "所属内の確認"
summary: "開催日を誤って投稿した。"

pr IncidentService.AddIncidentNote incident.noted
name: "$incidents" text: "電話があった。"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "superior_report" done_time { $now } evidence: "口頭"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "correction" done_time { $now } evidence: "訂正の投稿"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "offices_contact" done_time { $now } evidence: "電話"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "review" done_time { $now } evidence: "検討会"

pr IncidentService.CloseIncident incident.closed
name: "$incidents" cause: "確認の不足" lesson: "二人で確認する。"

pr IncidentService.ReopenIncident incident.reopened
name: "$incidents" reason: "再び誤りがあった。"

pr IncidentService.WithdrawIncident incident.withdrawn
name: "$incidents" reason: "別の事案と二重であった。"

pr AdviceService.CreateAdvice advice.created
account: "$account" kind: KIND_IMPROVE text: "利用方針の掲載を確認してください。" due_on { $soon }

staff AdviceService.AnswerAdvice advice.answered
name: "$advices" text: "掲載しました。"

pr AdviceService.CloseAdvice advice.accepted
name: "$advices" outcome: OUTCOME_ACCEPTED reason: "確認しました。"

pr FindingService.GetFinding -
name: "$findings"

pr FindingService.AcknowledgeFinding finding.acknowledged
name: "$findings" reason: "対応中" end_date { $soon }

pr InactivityService.GrantExemption exemption.granted
account: "$account" reason: "災害時に使う" end_date { $soon }

pr InactivityService.AssessAccount -
account: "$account"

pr InactivityService.RevokeExemption exemption.revoked
name: "$exemptions" reason: "終了"

pr InactivityService.CreateInactivityReport inactivity_report.created

pr InactivityService.CompareInactivityReports -
name: "$inactivityReports" earlier: "$inactivityReports"

pr InactivityService.GetInactivityReport -
name: "$inactivityReports"

pr InactivityService.ListInactivityReportRows -
name: "$inactivityReports"

pr InactivityService.GetPostingTable -
report: "$inactivityReports"

pr PolicyService.CheckForm -
content { $open } department_kind: KIND_EDUCATION_BOARD

pr PolicyService.CheckAccount -
account { account { name: "$account" } } department_kind: KIND_EDUCATION_BOARD

registry AuditService.AppendEvents -
events: "$event"

auditor AuditService.GetEntry data.read
event_id: "$event_id"

auditor AuditService.GetInclusionProof -
event_id: "$event_id"

auditor AuditService.GetConsistencyProof -
first_size: 1

admin AuditService.RedactPerson person.redacted
person: "users/deputy" reason: "退職"
)";

}  // namespace daicho::testing
