#include "services/cli/audit_export.h"

#include <openssl/rand.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/refusal.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/domain/checkpoint.h"
#include "services/cli/audit_folder.h"
#include "services/cli/audit_query.h"
#include "services/cli/audit_verify.h"
#include "services/cli/output_file.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace domain = audit::domain;
namespace v1 = audit::v1;
using AuditStub = v1::AuditService::Stub;

// What the service vouches for: its newest checkpoint.
struct Vouched {
  v1::Checkpoint checkpoint;
  domain::SignedCheckpoint opened;
};

absl::StatusOr<Vouched> GetCheckpoint(Session& session) {
  Vouched vouched;
  ASSIGN_OR_RETURN(vouched.checkpoint,
                   session.Read(&AuditStub::GetCheckpoint, v1::GetCheckpointRequest()));
  std::vector<domain::VerifierKey> keys;
  for (const std::string& text : vouched.checkpoint.verifier_keys()) {
    const auto key = domain::ParseVerifierKey(text);
    if (key.ok()) keys.push_back(*key);
  }
  const auto opened = domain::OpenCheckpoint(vouched.checkpoint.note(), keys);
  if (!opened.ok()) {
    return NotVerified(absl::StrCat("The checkpoint is not what it should be: ",
                                    std::string(opened.status().message()), "."),
                       "チェックポイントの署名が正しくありません。");
  }
  vouched.opened = *opened;
  return vouched;
}

std::string KeyLines(const v1::Checkpoint& checkpoint) {
  std::string lines;
  for (const std::string& key : checkpoint.verifier_keys()) absl::StrAppend(&lines, key, "\n");
  return lines;
}

// An export grows; it never turns into one of another log, or of a smaller one.
absl::Status CheckGrows(const AuditFolder& folder, const domain::Checkpoint& checkpoint) {
  const auto earlier = folder.Read("checkpoint");
  if (!earlier.ok()) return absl::OkStatus();
  const auto note = domain::ParseNote(*earlier);
  if (!note.ok()) return absl::OkStatus();
  const auto last = domain::ParseCheckpoint(note->text);
  if (last.ok() && last->origin == checkpoint.origin && last->tree.size <= checkpoint.tree.size) {
    return absl::OkStatus();
  }
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "NOT_THIS_EXPORT",
      {"The folder holds the export of another log, or of more entries than the log has "
       "now. Name another folder.",
       "フォルダーには別のログ、または現在より件数の多いログの書出しがあります。別のフォル"
       "ダーを指定してください。"});
}

absl::StatusOr<Exit> Export(Session& session, const Arguments& arguments) {
  const AuditFolder folder(arguments.operands[0]);
  ASSIGN_OR_RETURN(const Vouched vouched, GetCheckpoint(session));
  const domain::TreeHead& head = vouched.opened.checkpoint.tree;
  RETURN_IF_ERROR(CheckGrows(folder, vouched.opened.checkpoint));
  ExportWriter writer(folder);
  ASSIGN_OR_RETURN(const std::int64_t resumed, writer.Resume(head.size));
  v1::ListEntriesRequest request;
  request.set_first_index(resumed);
  request.set_tree_size(head.size);
  if (resumed < head.size) {
    RETURN_IF_ERROR(
        ForEachEntry(session, request, [&](const v1::Entry& entry) { return writer.Add(entry); }));
  }
  RETURN_IF_ERROR(writer.Finish());
  domain::ExportCheck check(head, folder.Reader());
  check.CheckRoot();
  const domain::Report report = check.Finish();
  if (!report.holds()) {
    return NotVerified(
        "What was exported does not make the root that was signed; verify the folder to see "
        "what an earlier export in it has otherwise.",
        "書き出した内容が、署名された根のハッシュと一致しません。audit verify --export で、フォ"
        "ルダーに以前からある内容を確認してください。");
  }
  RETURN_IF_ERROR(folder.Write("keys", KeyLines(vouched.checkpoint)));
  RETURN_IF_ERROR(folder.Write("checkpoint", vouched.checkpoint.note()));
  writer.RemoveSuperseded();
  RETURN_IF_ERROR(session.Show(vouched.checkpoint, [&](int) {
    return Render(Details{{"書出し先", arguments.operands[0]},
                          {"件数", absl::StrCat(head.size)},
                          {"うち今回", absl::StrCat(head.size - resumed)}});
  }));
  return Exit::kOk;
}

// --- Receipts
// --------------------------------------------------------------------------------------

absl::StatusOr<domain::Receipt> MakeReceipt(Session& session, const Vouched& vouched,
                                            const std::string& event_id) {
  v1::GetEntryRequest entry_request;
  entry_request.set_event_id(event_id);
  ASSIGN_OR_RETURN(const v1::Entry entry, session.Read(&AuditStub::GetEntry, entry_request));
  const domain::TreeHead& head = vouched.opened.checkpoint.tree;
  if (entry.index() >= head.size) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NOT_SIGNED_YET",
                  {"No checkpoint has the event yet; try again in a moment.",
                   "この記録を含むチェックポイントがまだありません。少し待ってから再実行して"
                   "ください。"});
  }
  v1::GetInclusionProofRequest request;
  request.set_event_id(event_id);
  request.set_tree_size(head.size);
  ASSIGN_OR_RETURN(const v1::InclusionProof proof,
                   session.Read(&AuditStub::GetInclusionProof, request));
  RETURN_IF_ERROR(CheckInclusion(entry, proof, head));
  domain::Receipt receipt{
      .extra = entry.leaf(), .index = entry.index(), .note = vouched.checkpoint.note()};
  for (const std::string& hash : proof.hashes()) {
    receipt.proof.push_back(*domain::HashFromBytes(hash));
  }
  return receipt;
}

absl::StatusOr<Exit> Receipt(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Vouched vouched, GetCheckpoint(session));
  ASSIGN_OR_RETURN(const domain::Receipt receipt,
                   MakeReceipt(session, vouched, arguments.operands[0]));
  const std::string text = domain::ToText(receipt);
  if (!arguments.Has("out")) {
    session.around().out << text;
    return Exit::kOk;
  }
  RETURN_IF_ERROR(WriteOutput(arguments.Get("out"), text));
  session.around().out << Printable(arguments.Get("out"))
                       << " に書き出しました / receipt written\n";
  return Exit::kOk;
}

// Entries for auditors: as tables, with a receipt of each.
absl::StatusOr<Exit> Extract(Session& session, const Arguments& arguments) {
  const AuditFolder folder(arguments.operands[0]);
  ASSIGN_OR_RETURN(v1::ListEntriesRequest request, QueryOf(arguments));
  ASSIGN_OR_RETURN(const Vouched vouched, GetCheckpoint(session));
  request.set_tree_size(vouched.checkpoint.tree_size());
  EntryTables tables;
  std::vector<std::pair<std::int64_t, std::string>> receipts;
  RETURN_IF_ERROR(ForEachEntry(session, request, [&](const v1::Entry& entry) -> absl::Status {
    tables.Add(entry);
    ASSIGN_OR_RETURN(const domain::Receipt receipt,
                     MakeReceipt(session, vouched, entry.event().event_id()));
    return folder.Write(absl::StrCat("receipts/", entry.index(), ".tlog-proof"),
                        domain::ToText(receipt));
  }));
  RETURN_IF_ERROR(folder.Write("entries.csv", tables.Csv()));
  RETURN_IF_ERROR(folder.Write("entries.jsonl", tables.JsonLines()));
  RETURN_IF_ERROR(folder.Write("keys", KeyLines(vouched.checkpoint)));
  RETURN_IF_ERROR(folder.Write("checkpoint", vouched.checkpoint.note()));
  session.around().out << tables.size() << " 件を " << Printable(arguments.operands[0])
                       << " に書き出しました / entries with their receipts written\n";
  return Exit::kOk;
}

// --- Keys
// ------------------------------------------------------------------------------------------

absl::StatusOr<domain::SignerKey> NewKey(const std::string& name, domain::KeyKind kind) {
  std::string seed(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(seed.data()), 32) != 1) {
    return absl::InternalError("no randomness");
  }
  const auto key = domain::MakeSignerKey(name, kind, seed);
  if (key.ok()) return key;
  return WrongCommandLine("--create takes the log's name: no blanks and no \"+\".",
                          "--create にはログの名前(空白と + を含まないもの)を指定してください。");
}

absl::StatusOr<domain::KeyRing> ReadKeys(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  for (const auto kind : {domain::KeyKind::kLog, domain::KeyKind::kWitness}) {
    auto keys = domain::ParseKeyRing(text, kind);
    if (keys.ok()) return keys;
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
                {absl::StrCat(path, " holds no keys that sign."),
                 absl::StrCat(path, " に署名できる鍵がありません。")});
}

// The keys as they are to be: a new file, a new key in front, or the last one retired.
absl::StatusOr<domain::KeyRing> ChangedKeys(const Arguments& arguments, const std::string& path) {
  const domain::KeyKind kind =
      arguments.Has("witness") ? domain::KeyKind::kWitness : domain::KeyKind::kLog;
  if (arguments.Has("create")) {
    if (std::filesystem::exists(path)) {
      return Refuse(absl::StatusCode::kFailedPrecondition, "FILE_EXISTS",
                    {absl::StrCat(path, " exists; --rotate adds a key to it."),
                     absl::StrCat(path, " がすでにあります。鍵の追加は --rotate です。")});
    }
    ASSIGN_OR_RETURN(const domain::SignerKey key, NewKey(arguments.Get("create"), kind));
    return domain::KeyRing{.signers = {key}, .verifiers = {key.verifier}};
  }
  ASSIGN_OR_RETURN(domain::KeyRing keys, ReadKeys(path));
  if (arguments.Has("rotate")) {
    const domain::VerifierKey& now = keys.signers[0].verifier;
    ASSIGN_OR_RETURN(const domain::SignerKey key, NewKey(now.name, now.kind));
    keys.signers.insert(keys.signers.begin(), key);
    keys.verifiers.insert(keys.verifiers.begin(), key.verifier);
  }
  if (arguments.Has("retire")) {
    if (keys.signers.size() < 2) {
      return Refuse(absl::StatusCode::kFailedPrecondition, "LAST_KEY",
                    {"This is the only key that signs: add a new one with --rotate first.",
                     "署名できる鍵は一つだけです。先に --rotate で新しい鍵を加えてください。"});
    }
    keys.signers.pop_back();  // It stays among those that verify.
  }
  return keys;
}

absl::StatusOr<Exit> Key(Session& session, const Arguments& arguments) {
  const std::string& path = arguments.operands[0];
  ASSIGN_OR_RETURN(const domain::KeyRing keys, ChangedKeys(arguments, path));
  if (arguments.Has("create") || arguments.Has("rotate") || arguments.Has("retire")) {
    const int error = ReplaceFile(path, domain::ToText(keys), 0600);
    if (error != 0) {
      return Refuse(
          absl::StatusCode::kInvalidArgument, "UNWRITABLE_FILE",
          {absl::StrCat(path, " cannot be written."), absl::StrCat(path, " に書き込めません。")});
    }
  }
  v1::Checkpoint answer;
  Details details;
  for (std::size_t i = 0; i < keys.verifiers.size(); ++i) {
    answer.add_verifier_keys(domain::ToText(keys.verifiers[i]));
    details.emplace_back(i < keys.signers.size() ? "検証鍵(署名中)" : "検証鍵(引退済み)",
                         answer.verifier_keys().at(static_cast<int>(i)));
  }
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return Render(details); }));
  return Exit::kOk;
}

}  // namespace

std::vector<Command> AuditFileCommands() {
  std::vector<Command> commands = {
      {"audit export",
       "DIR",
       "監査ログ全体をファイル(C2SP tlog-tiles)に書き出します。中断しても同じフォルダーで続けられ"
       "ます。",
       "Writes the whole log as files (C2SP tlog-tiles). Goes on where it was interrupted.",
       {},
       {"daicho audit export 監査ログ --as auditor"},
       Export},
      {"audit extract",
       "DIR",
       "条件に合う記録を、表(CSV と JSON Lines)と一件ごとの受領証にして書き出します。",
       "Writes the entries asked for as tables (CSV and JSON lines), with a receipt of each.",
       QueryFlags(),
       {"daicho audit extract 調査 --timeline=accounts/0197b1f0-… --as auditor"},
       Extract},
      {"audit receipt",
       "EVENT",
       "一つの記録の受領証(.tlog-proof)を作ります。サーバーなしで検証できます。",
       "Makes the receipt (.tlog-proof) of an entry, which needs no service to be verified.",
       {{"out", "FILE", "書き出すファイル。既定は標準出力",
         "File to write. Default: standard output"}},
       {"daicho audit receipt 0197b1f0-… --out=証明.tlog-proof --as auditor"},
       Receipt},
      {"audit key",
       "FILE",
       "チェックポイントに署名する鍵のファイルを作る、交換する、検証鍵を表示する。",
       "Makes and changes the file of keys that sign checkpoints, and lists what verifies them.",
       {{"create", "NAME", "NAME という名前のログの鍵を新しく作る",
         "Makes a key for the log of that name"},
        {"witness", "", "ログではなく証人の鍵にする", "A key of a witness, not of a log"},
        {"rotate", "", "新しい鍵を加える。古い鍵もまだ署名する",
         "Adds a key; the old one still signs"},
        {"retire", "", "いちばん古い鍵の署名をやめる。検証鍵としては残る",
         "Lets the oldest key sign no more; it still verifies"}},
       {"daicho audit key /etc/daicho/audit.key --create=pref.example.lg.jp/daicho",
        "daicho audit key /etc/daicho/audit.key --rotate",
        "daicho audit key /etc/daicho/audit.key --retire"},
       Key}};
  return commands;
}

}  // namespace daicho::cli
