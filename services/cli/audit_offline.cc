// Verifying what was taken along, without a service.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/wire/sealed_event.h"
#include "services/audit/domain/checkpoint.h"
#include "services/audit/domain/export_check.h"
#include "services/cli/audit_export.h"
#include "services/cli/audit_folder.h"
#include "services/cli/audit_text.h"
#include "services/cli/audit_verify.h"
#include "services/cli/output_file.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace domain = audit::domain;

absl::StatusOr<std::vector<domain::VerifierKey>> KeysOf(const Arguments& arguments,
                                                        domain::KeyKind kind) {
  std::vector<domain::VerifierKey> keys;
  for (const std::string& text : arguments.All("key")) {
    const auto key = domain::ParseVerifierKey(text);
    if (!key.ok()) {
      return WrongCommandLine(absl::StrCat("--key: ", std::string(key.status().message())),
                              "--key には検証鍵(名前+ハッシュ+鍵)を指定してください。daicho audit "
                              "key で表示できます。");
    }
    if (key->kind == kind) keys.push_back(*key);
  }
  return keys;
}

// A checkpoint that one of `keys` signed, and every witness that was named as a key cosigned.
absl::StatusOr<domain::SignedCheckpoint> Open(absl::string_view note,
                                              const std::vector<domain::VerifierKey>& keys,
                                              const Arguments& arguments) {
  const auto opened = domain::OpenCheckpoint(note, keys);
  if (!opened.ok()) {
    return NotVerified(absl::StrCat("The checkpoint cannot be trusted: ",
                                    std::string(opened.status().message()), "."),
                       "チェックポイントの署名が、信頼する鍵のものではありません。");
  }
  ASSIGN_OR_RETURN(const auto witnesses, KeysOf(arguments, domain::KeyKind::kWitness));
  if (domain::CountCosigners(opened->note, witnesses) == static_cast<int>(witnesses.size())) {
    return *opened;
  }
  return NotVerified("A witness whose key was given has not cosigned the checkpoint.",
                     "指定された証人の副署がチェックポイントにありません。");
}

// The checkpoint that was verified last; nullopt when there is none yet.
absl::StatusOr<std::optional<std::string>> LastTrusted(const std::string& path) {
  if (path.empty() || !std::filesystem::exists(path)) return std::nullopt;
  ASSIGN_OR_RETURN(std::string note, ReadWholeFile(path));
  return note;
}

// Whose signature counts: the keys that were given; otherwise those of the export, but once a
// checkpoint is trusted only the ones that signed that.
absl::StatusOr<std::vector<domain::VerifierKey>> TrustedKeys(
    const Arguments& arguments, const AuditFolder& folder, const std::optional<std::string>& last) {
  ASSIGN_OR_RETURN(std::vector<domain::VerifierKey> keys, KeysOf(arguments, domain::KeyKind::kLog));
  if (!keys.empty()) return keys;
  ASSIGN_OR_RETURN(keys, folder.Keys());
  if (!last) return keys;
  const auto note = domain::ParseNote(*last);
  if (!note.ok()) return std::vector<domain::VerifierKey>();
  keys.erase(std::remove_if(keys.begin(), keys.end(),
                            [&](const auto& key) { return !domain::IsSignedBy(*note, key); }),
             keys.end());
  return keys;
}

// Checks the values kept beside the entries, bundle by bundle.
class BodyCheck {
 public:
  BodyCheck(const AuditFolder& folder, std::int64_t size) : folder_(folder), size_(size) {}

  void Visit(std::int64_t index, absl::string_view leaf) {
    const std::int64_t bundle = index / domain::kTileWidth;
    if (bundle != bundle_) Load(bundle);
    event::v1::Event event;
    // Of bytes that are no event the hash says all there is to say.
    if (!event.ParseFromArray(leaf.data(), static_cast<int>(leaf.size()))) return;
    const auto bodies = bodies_.find(index);
    const auto missing =
        wire::UnsealValues(bodies == bodies_.end() ? wire::Bodies() : bodies->second, event);
    if (!missing.ok()) {
      status_.Update(NotVerified(
          absl::StrCat("Entry ", index, ": ", std::string(missing.status().message()), "."),
          absl::StrCat(index, " 番の記録に添えられた値が、封をした時のものではありません。")));
      return;
    }
    redacted_ += static_cast<std::int64_t>(missing->size());
  }

  const absl::Status& status() const { return status_; }
  std::int64_t redacted() const { return redacted_; }

 private:
  void Load(std::int64_t bundle) {
    bundle_ = bundle;
    domain::TileId tile = domain::TileAt(size_, 0, bundle);
    tile.is_bundle = true;
    auto bodies = folder_.ReadBodies(tile);
    status_.Update(bodies.status());
    bodies_ = bodies.ok() ? *std::move(bodies) : IndexedBodies();
  }

  const AuditFolder& folder_;
  const std::int64_t size_;
  std::int64_t bundle_ = -1;
  IndexedBodies bodies_;
  std::int64_t redacted_ = 0;
  absl::Status status_;
};

absl::Status CheckContinues(domain::ExportCheck& check, const domain::SignedCheckpoint& now,
                            const std::string& last) {
  const auto note = domain::ParseNote(last);
  const auto trusted = note.ok() ? domain::ParseCheckpoint(note->text)
                                 : absl::StatusOr<domain::Checkpoint>(note.status());
  const auto root = trusted.ok() && trusted->tree.size <= now.checkpoint.tree.size
                        ? check.RootAt(trusted->tree.size)
                        : absl::StatusOr<domain::Hash>(absl::DataLossError("shorter"));
  if (root.ok() && *root == trusted->tree.root && trusted->origin == now.checkpoint.origin) {
    return absl::OkStatus();
  }
  return NotVerified(
      "The log does not continue the checkpoint that was trusted before: its past was rewritten.",
      "以前に信頼したチェックポイントの続きではありません。過去の記録が書き換えられています。");
}

std::string VerifiedText(const domain::SignedCheckpoint& checkpoint, std::int64_t redacted,
                         bool is_first, bool has_key) {
  return Render(Details{
      {"検証 Verified", "成功 the log holds"},
      {"ログ", checkpoint.checkpoint.origin},
      {"件数", absl::StrCat(checkpoint.checkpoint.tree.size)},
      {"根のハッシュ", HashText(std::string(domain::BytesOf(checkpoint.checkpoint.tree.root)))},
      {"消去済みの値 redacted", absl::StrCat(redacted)},
      {"署名の鍵", has_key ? "指定された鍵 the key that was given"
                   : is_first ? "書出しに付属(初回。別の経路で確かめてください) the export's own: "
                                "compare it with one from elsewhere"
                              : "前回と同じ鍵 the one trusted before"}});
}

}  // namespace

absl::StatusOr<Exit> VerifyExport(Session& session, const Arguments& arguments) {
  const AuditFolder folder(arguments.Get("export"));
  const std::string trusted_file = arguments.Get("trusted-checkpoint");
  ASSIGN_OR_RETURN(const std::string note, folder.Read("checkpoint"));
  ASSIGN_OR_RETURN(const auto last, LastTrusted(trusted_file));
  ASSIGN_OR_RETURN(const auto keys, TrustedKeys(arguments, folder, last));
  ASSIGN_OR_RETURN(const domain::SignedCheckpoint checkpoint, Open(note, keys, arguments));
  const domain::TreeHead& head = checkpoint.checkpoint.tree;
  domain::ExportCheck check(head, folder.Reader());
  BodyCheck bodies(folder, head.size);
  check.CheckAll([&](std::int64_t index, absl::string_view leaf) { bodies.Visit(index, leaf); });
  const absl::Status continues = last ? CheckContinues(check, checkpoint, *last) : absl::OkStatus();
  RETURN_IF_ERROR(CheckReport(check.Finish()));
  RETURN_IF_ERROR(continues);
  RETURN_IF_ERROR(bodies.status());
  if (!trusted_file.empty()) RETURN_IF_ERROR(WriteOutput(trusted_file, note));
  audit::v1::Checkpoint answer;
  answer.set_note(note);
  answer.set_tree_size(head.size);
  RETURN_IF_ERROR(session.Show(answer, [&](int) {
    return VerifiedText(checkpoint, bodies.redacted(), !last, arguments.Has("key"));
  }));
  return Exit::kOk;
}

absl::StatusOr<Exit> VerifyReceipt(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(arguments.Get("receipt")));
  const auto receipt = domain::ParseReceipt(text);
  if (!receipt.ok()) {
    return NotVerified(
        absl::StrCat("This is no receipt: ", std::string(receipt.status().message()), "."),
        "受領証(.tlog-proof)として読めません。");
  }
  ASSIGN_OR_RETURN(const auto keys, KeysOf(arguments, domain::KeyKind::kLog));
  if (keys.empty()) {
    return WrongCommandLine(
        "Name the log's key with --key: a receipt cannot vouch for itself.",
        "--key でログの検証鍵を指定してください。受領証だけでは検証できません。");
  }
  ASSIGN_OR_RETURN(const domain::SignedCheckpoint checkpoint, Open(receipt->note, keys, arguments));
  const domain::TreeHead& head = checkpoint.checkpoint.tree;
  if (!domain::VerifyInclusion(domain::LeafHash(receipt->extra), receipt->index, head.size,
                               receipt->proof, head.root)) {
    return NotVerified("The entry of the receipt is not in the log.",
                       "受領証の記録は、ログに含まれていません。");
  }
  audit::v1::Entry entry;
  entry.set_index(receipt->index);
  entry.set_leaf(receipt->extra);
  entry.set_leaf_hash(std::string(domain::BytesOf(domain::LeafHash(receipt->extra))));
  entry.mutable_event()->ParseFromString(receipt->extra);
  RETURN_IF_ERROR(session.Show(entry, [&](int) {
    return absl::StrCat(Render(Details{{"検証 Verified", "成功 the entry is in the log"},
                                       {"ログ", checkpoint.checkpoint.origin}}),
                        EntryText(entry));
  }));
  return Exit::kOk;
}

}  // namespace daicho::cli
