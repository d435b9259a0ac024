#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "services/cli/audit_export.h"
#include "services/cli/audit_query.h"
#include "services/cli/audit_text.h"
#include "services/cli/audit_verify.h"
#include "services/cli/commands.h"
#include "services/cli/output_file.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = audit::v1;
using AuditStub = v1::AuditService::Stub;

constexpr absl::Duration kWatchInterval = absl::Seconds(5);

absl::StatusOr<v1::TreeHead> GetHead(Session& session) {
  return session.Read(&AuditStub::GetTreeHead, v1::GetTreeHeadRequest());
}

absl::StatusOr<v1::Entry> GetEntry(Session& session, const std::string& event_id) {
  v1::GetEntryRequest request;
  request.set_event_id(event_id);
  return session.Read(&AuditStub::GetEntry, request);
}

absl::StatusOr<v1::InclusionProof> GetProof(Session& session, const std::string& event_id,
                                            std::int64_t tree_size) {
  v1::GetInclusionProofRequest request;
  request.set_event_id(event_id);
  request.set_tree_size(tree_size);
  return session.Read(&AuditStub::GetInclusionProof, request);
}

absl::StatusOr<Exit> Head(Session& session, const Arguments&) {
  ASSIGN_OR_RETURN(const v1::TreeHead head, GetHead(session));
  RETURN_IF_ERROR(session.Show(head, [&](int) { return HeadText(head); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> List(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::ListEntriesRequest request, QueryOf(arguments));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&AuditStub::ListEntries, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return EntriesText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Show(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Entry entry, GetEntry(session, arguments.operands[0]));
  RETURN_IF_ERROR(session.Show(entry, [&](int) { return EntryText(entry); }));
  return Exit::kOk;
}

// Shows what is new every few seconds, until it is interrupted. Each look at entries leaves an
// event of its own, for which it does not look again.
absl::StatusOr<Exit> Watch(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(v1::ListEntriesRequest request, QueryOf(arguments));
  absl::Duration interval = kWatchInterval;
  if (arguments.Has("interval") &&
      (!absl::ParseDuration(arguments.Get("interval"), &interval) || interval < absl::Seconds(1))) {
    return WrongCommandLine("--interval takes at least one second: 5s, 1m.",
                            "--interval には1秒以上(5s、1m など)を指定してください。");
  }
  ASSIGN_OR_RETURN(v1::TreeHead head, GetHead(session));
  std::int64_t next = head.tree_size(), own_events = 0;
  while (true) {
    ASSIGN_OR_RETURN(head, GetHead(session));
    if (head.tree_size() > next + own_events) {
      request.set_first_index(next);
      request.set_tree_size(head.tree_size());
      v1::ListEntriesResponse page;
      RETURN_IF_ERROR(ForEachEntry(session, request, [&](const v1::Entry& entry) {
        *page.add_entries() = entry;
        return absl::OkStatus();
      }));
      // Of a quiet moment, and of the last look, there is nothing to show.
      if (page.entries_size() > 0) {
        RETURN_IF_ERROR(session.Show(page, [&](int width) { return EntriesText(page, width); }));
        session.around().out << std::flush;
      }
      next = head.tree_size();
      own_events = 1;
    }
    absl::SleepFor(interval);
  }
}

absl::StatusOr<Exit> Redact(Session& session, const Arguments& arguments) {
  v1::RedactPersonRequest request;
  request.set_person(arguments.operands[0]);
  for (const std::string& value : arguments.All("value")) request.add_values(value);
  ASSIGN_OR_RETURN(const std::string reason, RequiredFlag(arguments, "reason"));
  request.set_reason(reason);
  request.set_validate_only(arguments.Has("dry-run"));
  ASSIGN_OR_RETURN(const v1::RedactPersonResponse response,
                   session.Write(&AuditStub::RedactPerson, request));
  RETURN_IF_ERROR(session.Show(response, [&](int) {
    return absl::StrCat(response.redacted_count(),
                        arguments.Has("dry-run")
                            ? " 件が消去の対象です / values would be removed\n"
                            : " 件を消去しました / values removed; the log still verifies\n");
  }));
  return Exit::kOk;
}

std::string ProofText(const v1::InclusionProof& proof) {
  Details details = {{"証明 Proof", "成立 holds"},
                     {"番号", absl::StrCat(proof.index())},
                     {"件数", absl::StrCat(proof.tree_size())},
                     {"葉のハッシュ", HashText(proof.leaf_hash())}};
  for (const std::string& hash : proof.hashes()) details.emplace_back("経路", HashText(hash));
  details.emplace_back("根のハッシュ", HashText(proof.root_hash()));
  return Render(details);
}

absl::StatusOr<Exit> Prove(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Entry entry, GetEntry(session, arguments.operands[0]));
  ASSIGN_OR_RETURN(const v1::TreeHead head, GetHead(session));
  ASSIGN_OR_RETURN(const audit::domain::TreeHead tree, ToDomain(head));
  ASSIGN_OR_RETURN(const v1::InclusionProof proof,
                   GetProof(session, arguments.operands[0], head.tree_size()));
  RETURN_IF_ERROR(CheckInclusion(entry, proof, tree));
  RETURN_IF_ERROR(session.Show(proof, [&](int) { return ProofText(proof); }));
  return Exit::kOk;
}

bool IsAbout(const event::v1::Event& event, const std::string& resource) {
  const auto& related = event.related_resources();
  return event.resource() == resource ||
         std::find(related.begin(), related.end(), resource) != related.end();
}

v1::ListEntriesRequest WholeLog(std::int64_t tree_size) {
  v1::ListEntriesRequest request;
  request.set_tree_size(tree_size);
  return request;
}

// Every entry is there and has its own hash, yet together they do not make the root: somebody
// altered an entry together with its hash. Its proof cannot hold, so that tells which.
absl::Status FindAltered(Session& session, const audit::domain::TreeHead& tree) {
  return ForEachEntry(session, WholeLog(tree.size), [&](const v1::Entry& entry) -> absl::Status {
    ASSIGN_OR_RETURN(const auto proof, GetProof(session, entry.event().event_id(), tree.size));
    return CheckInclusion(entry, proof, tree);
  });
}

// Recomputes the whole log. Returns the entries about `resource`, none when it is empty.
absl::StatusOr<std::vector<v1::Entry>> VerifyEntries(Session& session,
                                                     const audit::domain::TreeHead& tree,
                                                     const std::string& resource) {
  audit::domain::Verifier verifier(tree);
  std::vector<v1::Entry> about;
  absl::Status first_difference;
  const auto take = [&](const v1::Entry& entry) -> absl::Status {
    const auto given = audit::domain::HashFromBytes(entry.leaf_hash());
    verifier.Add(entry.index(), entry.leaf(), given.value_or(audit::domain::Hash{}));
    first_difference.Update(CheckEntry(entry));
    if (!resource.empty() && IsAbout(entry.event(), resource)) about.push_back(entry);
    return absl::OkStatus();
  };
  if (tree.size > 0) RETURN_IF_ERROR(ForEachEntry(session, WholeLog(tree.size), take));
  const audit::domain::Report report = verifier.Finish();
  if (!report.holds() && report.findings.size() == 1 &&
      report.findings[0].flaw == audit::domain::Flaw::kRootDiffers) {
    RETURN_IF_ERROR(FindAltered(session, tree));
  }
  RETURN_IF_ERROR(CheckReport(report));
  RETURN_IF_ERROR(first_difference);
  return about;
}

// The head verified last by this caller; size 0 when there is none.
absl::StatusOr<v1::TreeHead> LastVerified(const std::string& path) {
  v1::TreeHead head;
  if (std::filesystem::exists(path)) RETURN_IF_ERROR(ReadTextFile(path, &head));
  return head;
}

absl::Status KeepVerified(const std::string& path, const v1::TreeHead& head) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(head, &text);
  return WriteOutput(path, text);
}

absl::Status VerifyContinuation(Session& session, const v1::TreeHead& last,
                                const audit::domain::TreeHead& tree) {
  if (last.tree_size() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const audit::domain::TreeHead first, ToDomain(last));
  if (first.size > tree.size) {
    return NotVerified(
        absl::StrCat("The log has shrunk from ", first.size, " to ", tree.size,
                     " entries since it was verified last."),
        absl::StrCat("前回の検証時の ", first.size, " 件から ", tree.size, " 件に減っています。"));
  }
  v1::GetConsistencyProofRequest request;
  request.set_first_size(first.size);
  request.set_second_size(tree.size);
  ASSIGN_OR_RETURN(const auto proof, session.Read(&AuditStub::GetConsistencyProof, request));
  return CheckConsistency(first, tree, proof);
}

absl::StatusOr<std::string> VerifiedHeadPath(Session& session) {
  ASSIGN_OR_RETURN(const config::v1::Identity* caller, session.Caller());
  return session.PathBesideProfile(
      absl::StrCat("audit-head-", caller == nullptr ? "token" : caller->name(), ".textproto"));
}

std::string VerifiedText(const v1::TreeHead& head, const v1::TreeHead& last,
                         const std::vector<v1::Entry>& about, int width) {
  std::string text = Render(Details{
      {"検証 Verified", "成功 the log holds"},
      {"件数", absl::StrCat(head.tree_size())},
      {"根のハッシュ", HashText(head.root_hash())},
      {"前回から", last.tree_size() == 0 ? "初回 first verification"
                                         : absl::StrCat(last.tree_size(), " 件の続き continues")}});
  if (about.empty()) return text;
  Table table{{"番号", "日時", "内容", "誰が", "証明"}, {}};
  for (const v1::Entry& entry : about) {
    table.rows.push_back({absl::StrCat(entry.index()), TimeText(entry.event().event_time()),
                          entry.event().type(), entry.event().actor().subject(), "成立 holds"});
  }
  return absl::StrCat(text, "\n", Render(table, width));
}

absl::StatusOr<Exit> Verify(Session& session, const Arguments& arguments) {
  if (arguments.Has("export")) return VerifyExport(session, arguments);
  if (arguments.Has("receipt")) return VerifyReceipt(session, arguments);
  ASSIGN_OR_RETURN(const std::string path, VerifiedHeadPath(session));
  ASSIGN_OR_RETURN(const v1::TreeHead last, LastVerified(path));
  ASSIGN_OR_RETURN(const v1::TreeHead head, GetHead(session));
  ASSIGN_OR_RETURN(const audit::domain::TreeHead tree, ToDomain(head));
  RETURN_IF_ERROR(VerifyContinuation(session, last, tree));
  const std::string resource = arguments.Get("resource");
  ASSIGN_OR_RETURN(const std::vector<v1::Entry> about, VerifyEntries(session, tree, resource));
  for (const v1::Entry& entry : about) {
    ASSIGN_OR_RETURN(const auto proof, GetProof(session, entry.event().event_id(), tree.size));
    RETURN_IF_ERROR(CheckInclusion(entry, proof, tree));
  }
  RETURN_IF_ERROR(KeepVerified(path, head));
  if (!resource.empty() && about.empty()) {
    return Refuse(absl::StatusCode::kNotFound, "NO_EVENTS",
                  {"The log holds, but knows nothing of that resource.",
                   "検証は成功しましたが、その対象の記録はありません。"},
                  {{"resource", resource}});
  }
  RETURN_IF_ERROR(
      session.Show(head, [&](int width) { return VerifiedText(head, last, about, width); }));
  return Exit::kOk;
}

std::vector<Flag> WatchFlags() {
  std::vector<Flag> flags = QueryFlags();
  flags.push_back({"interval", "TIME", "確認の間隔。既定は 5s", "How often to look. Default: 5s"});
  return flags;
}

std::vector<Command> ReadingCommands() {
  return {
      {"audit head",
       "",
       "監査ログの件数と根のハッシュを表示します。",
       "Shows the size and the root hash of the log.",
       {},
       {"daicho audit head --as auditor"},
       Head},
      {"audit list",
       "",
       "記録を古い順に一覧します。",
       "Lists entries, oldest first.",
       QueryFlags(),
       {"daicho audit list --resource=forms/0197b1f0-… --as auditor",
        "daicho audit list --timeline=accounts/0197b1f0-… --as auditor",
        "daicho audit list --actor=users/hirose --from=2026-04-01 --outcome=refused --as auditor"},
       List},
      {"audit watch",
       "",
       "新しい記録を、Ctrl-C まで表示し続けます。",
       "Shows new entries as they come, until Ctrl-C.",
       WatchFlags(),
       {"daicho audit watch --outcome=refused --as auditor"},
       Watch},
      {"audit show",
       "EVENT",
       "一つの記録をすべて表示します。",
       "Shows all of one entry.",
       {},
       {"daicho audit show 0197b1f0-… --as auditor"},
       Show}};
}

std::vector<Command> ProvingCommands() {
  return {
      {"audit prove",
       "EVENT",
       "一つの記録がログに含まれることの証明を取り寄せ、手元で検算します。",
       "Fetches the proof that an entry is in the log, and checks it here.",
       {},
       {"daicho audit prove 0197b1f0-… --as auditor"},
       Prove},
      {"audit verify",
       "",
       "全記録のハッシュを計算し直し、前回検証したログの続きであることも確かめます。"
       "失敗すれば終了コード 7 です。",
       "Recomputes the whole log, and checks that it continues the one verified last. Exit "
       "status 7 when it does not hold.",
       {{"resource", "NAME", "この対象の記録ごとに証明も確かめる",
         "Also check a proof for each entry about this resource"},
        {"export", "DIR", "サーバーに接続せず、書き出した監査ログを検証する",
         "Verify an export instead, without a service"},
        {"trusted-checkpoint", "FILE",
         "--export とともに。前回信頼したチェックポイントの続きかを確かめ、成功すれば更新する",
         "With --export: check that it continues this one, and keep the new one if so"},
        {"receipt", "FILE", "サーバーに接続せず、受領証(.tlog-proof)を検証する",
         "Verify a receipt instead, without a service"},
        {"key", "VKEY", "信頼するログまたは証人の検証鍵。証人を挙げればその副署も必要",
         "Key of the log, or of a witness that must have cosigned", true}},
       {"daicho audit verify --as auditor",
        "daicho audit verify --resource=accounts/0197b1f0-… --as auditor",
        "daicho audit verify --export=監査ログ --trusted-checkpoint=信頼済み.txt",
        "daicho audit verify --receipt=証明.tlog-proof --key=pref.example.lg.jp/daicho+…"},
       Verify},
      {"audit redact",
       "PERSON",
       "退職者などの個人情報(氏名など)を、ログに添えられた値から消去します。取り消せません。"
       "ログと証明はそのまま成り立ちます。",
       "Removes personal data of somebody who left from beside the log. It cannot be undone; the "
       "log and its proofs hold as before.",
       {{"value", "TEXT", "本人について他の人が記入した値(氏名、職名、メール)",
         "A value others entered about the person", true},
        {"reason", "TEXT", "理由(必須)", "Why; needed"},
        {"dry-run", "", "件数だけを確かめる", "Only count"}},
       {"daicho audit redact users/hirose --value='広瀬 花子' --reason=退職 --dry-run --as admin"},
       Redact}};
}

}  // namespace

Group AuditCommands() {
  Group group{"audit", "監査ログを読む、検証する", "The audit log and its proofs",
              ReadingCommands()};
  for (Command& command : ProvingCommands()) group.commands.push_back(std::move(command));
  for (Command& command : AuditFileCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
