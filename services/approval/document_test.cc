#include "services/approval/document.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/paper/html.h"
#include "common/paper/pdf.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/document_service.grpc.pb.h"
#include "services/approval/apply_relay.h"
#include "services/approval/document_items.h"
#include "services/approval/testing/fixture.h"
#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace daicho::approval {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Request = v1::RenderDocumentRequest;

absl::Time At(int day) {
  return absl::FromCivil(absl::CivilSecond(2026, 8, day, 10, 5, 0), absl::FixedTimeZone(9 * 3600));
}

v1::FormContent Sample(const std::string& name) {
  std::ifstream file(absl::StrCat("deploy/sample/forms/", name, ".textproto"));
  v1::FormContent content;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      std::string{std::istreambuf_iterator<char>(file), {}}, &content));
  return content;
}

domain::Act ActOf(domain::ActKind kind, const std::string& name, int day, int step,
                  const std::string& comment = "") {
  domain::Act act;
  act.kind = kind;
  act.actor = {"users/somebody", name};
  act.time = At(day);
  act.step = step;
  act.comment = comment;
  return act;
}

// A form that was decided by a deputy, advised on, answered, agreed to and entered into the ledger.
DocumentSource AgreedSource(const v1::FormContent& content) {
  DocumentSource source;
  source.department_name = "生涯学習課";
  domain::Form& form = source.form;
  form.id = "0197b1f0-5c1e-7d2a-9c33-0242ac120002";
  form.state = domain::State::kApplied;
  form.department = "departments/0802";
  form.draft.account = content.account();
  form.draft.content = wire::Flatten(content);
  if (content.action() == v1::Form::ACTION_CHANGE) form.draft.action = domain::Action::kChange;
  if (content.action() == v1::Form::ACTION_CLOSE) form.draft.action = domain::Action::kClose;
  if (content.action() == v1::Form::ACTION_GRANT) form.draft.action = domain::Action::kGrant;
  form.drafter = {"users/bando", "板東 健太"};
  form.create_time = At(3);
  form.update_time = At(11);
  form.steps = {
      {.kind = domain::StepKind::kHead,
       .department = "departments/0802",
       .department_display_name = "生涯学習課",
       .decider = domain::Person{"users/abe", "阿部 春香"},
       .decide_time = At(4),
       .deputy =
           domain::Deputy{
               {"users/mima", "美馬 和彦"}, {"users/mima", "美馬 和彦"}, "県外出張", At(7)}},
      {.kind = domain::StepKind::kVia,
       .department = "departments/0801",
       .department_display_name = "教育政策課",
       .decider = domain::Person{"users/katsuura", "勝浦 浩二"},
       .decide_time = At(5)},
      {.kind = domain::StepKind::kPrOffice,
       .department = "departments/0101",
       .department_display_name = "秘書課広報戦略担当",
       .decider = domain::Person{"users/hisho", "秘書 広子"},
       .decide_time = At(10)}};
  form.acts = {ActOf(domain::ActKind::kCreated, "板東 健太", 3, -1),
               ActOf(domain::ActKind::kSubmitted, "板東 健太", 3, -1),
               ActOf(domain::ActKind::kAgreedAsDeputy, "阿部 春香", 4, 0),
               ActOf(domain::ActKind::kAgreed, "勝浦 浩二", 5, 1),
               ActOf(domain::ActKind::kAdvised, "秘書 広子", 6, 2, "統合を検討してください。"),
               ActOf(domain::ActKind::kAnswered, "板東 健太", 8, -1, "単独での開設を希望します。"),
               ActOf(domain::ActKind::kAgreed, "秘書 広子", 10, 2, "認証を急ぐこと。"),
               ActOf(domain::ActKind::kApplied, "", 11, -1)};
  form.acts[2].deputy_reason = "県外出張のため";
  form.acts[4].advice =
      domain::FormAdvice{domain::AdviceKind::kReconsider, absl::CivilDay(2026, 8, 20)};
  form.reception = domain::Reception{2026, 12, absl::CivilDay(2026, 8, 5)};
  form.application = domain::Application{"accounts/0197b1f0-5c1e-7d2a-9c33-0242ac120003", At(11)};
  return source;
}

const paper::Fonts& TheFonts() {
  static const auto* const fonts = new paper::Fonts(paper::Fonts::Load().value());
  return *fonts;
}

std::string Pdf(const paper::Document& document) {
  return paper::RenderPdf(TheFonts(), document).value();
}

std::string TextOf(const std::string& pdf) {
  return testing::OutputOn(pdf, {"pdftotext", "-layout", "{}", "-"}).value();
}

// `text` without blanks: where lines end is the layout's business.
std::string Joined(const std::string& text) {
  return absl::StrReplaceAll(text, {{" ", ""}, {"\n", ""}, {"\u3000", ""}});
}

// Sets every text below `message` to a word of its own, of each list two entries.
void FillIn(Message* message, int* next, std::vector<std::string>* words) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    for (int entry = 0; entry < (field->is_repeated() ? 2 : 1); ++entry) {
      if (field->type() == FieldDescriptor::TYPE_STRING) {
        words->push_back(absl::StrCat("語", ++*next, "。"));
        field->is_repeated() ? reflection->AddString(message, field, words->back())
                             : reflection->SetString(message, field, words->back());
      } else if (field->type() == FieldDescriptor::TYPE_MESSAGE &&
                 field->message_type()->full_name() != "google.type.Date") {
        FillIn(field->is_repeated() ? reflection->AddMessage(message, field)
                                    : reflection->MutableMessage(message, field),
               next, words);
      }
    }
  }
}

TEST(FormDocumentTest, LosesNothingThatADrafterCanWrite) {
  for (const auto action : {v1::Form::ACTION_OPEN, v1::Form::ACTION_CHANGE, v1::Form::ACTION_CLOSE,
                            v1::Form::ACTION_GRANT}) {
    v1::FormContent content;
    std::vector<std::string> words;
    int next = 0;
    FillIn(&content, &next, &words);
    content.set_action(action);
    if (action != v1::Form::ACTION_CLOSE) {
      content.clear_closing();
      content.clear_closing_plan();
    }
    if (action != v1::Form::ACTION_GRANT) content.clear_use();
    if (action == v1::Form::ACTION_CLOSE) content.clear_attachments();
    if (action == v1::Form::ACTION_CLOSE || action == v1::Form::ACTION_GRANT) {
      content.clear_fields();
    }
    if (action != v1::Form::ACTION_CHANGE) {
      content.clear_change_reason();
      content.clear_absorbed_accounts();
    }
    // What concurs with the ledger's state is guarded, not agreed to.
    for (auto& absorbed : *content.mutable_absorbed_accounts()) absorbed.clear_etag();
    content.mutable_closing()->clear_evidence();
    const std::string html = paper::RenderHtml(FormDocument(AgreedSource(content)));
    for (const auto& [path, value] : wire::Flatten(content)) {
      if (absl::StartsWith(value, "語")) EXPECT_THAT(html, HasSubstr(value)) << path;
    }
  }
}

TEST(FormDocumentTest, HasTheItemsOfTheFormInTheirOrder) {
  for (const char* name : {"open", "change", "close"}) {
    const paper::Document document = FormDocument(AgreedSource(Sample(name)));
    std::vector<std::string> labels;
    for (const paper::Block& block : document.blocks) {
      const auto* table = std::get_if<paper::FieldTable>(&block);
      if (table == nullptr) continue;
      for (const paper::Field& field : table->fields) labels.push_back(field.label);
    }
    ASSERT_THAT(labels, SizeIs(29)) << name;
    for (int i = 0; i < 29; ++i) {
      EXPECT_TRUE(absl::StartsWith(labels[i], absl::StrCat(i + 1, " "))) << labels[i];
    }
  }
}

TEST(FormDocumentTest, DashesWhatTheActionDoesNotHave) {
  // Items 6 to 28.
  const auto value_of = [](const char* name, std::size_t number) {
    return ItemsOf(AgreedSource(Sample(name))).at(number - 6).value;
  };
  EXPECT_EQ(value_of("close", 13), "―");
  EXPECT_EQ(value_of("close", 28), "―");
  EXPECT_EQ(value_of("change", 26), "―");
  EXPECT_THAT(value_of("open", 28), HasSubstr("usage-policy.docx"));
}

// T 5-9-4.
TEST(FormDocumentTest, SaysOfAnUrgentClosingThatItSuspendsAtOnce) {
  v1::FormContent content = Sample("close");
  content.set_urgent(false);
  EXPECT_EQ(ItemsOf(AgreedSource(content)).at(26 - 6).parts.back().value, "なし");
  content.set_urgent(true);
  const auto parts = ItemsOf(AgreedSource(content)).at(26 - 6).parts;
  EXPECT_EQ(parts.back().label, "即時停止");
  EXPECT_EQ(parts.back().value, "あり");
}

TEST(FormDocumentTest, StampsTheRouteAndTellsWhatTheOfficeDid) {
  const std::string text = Joined(TextOf(Pdf(FormDocument(AgreedSource(Sample("open"))))));
  for (const char* expected :
       {"様式第1号", "秘書課(広報戦略担当)御中", "令和8年8月3日", "■開設", "阿部春香", "代決",
        "後閲R8.8.7", "勝浦浩二", "R8.8.5", "経由教育政策課", "令和8年度第12号", "令和8年8月5日",
        "再検討(令和8年8月6日、回答期限令和8年8月20日)統合を検討してください。",
        "単独での開設を希望します。", "同意(令和8年8月10日)", "不在の理由:県外出張のため",
        "認証を急ぐこと。", "リーチ数50,000(祭典の終了まで)"}) {
    EXPECT_THAT(absl::StrReplaceAll(text, {{"（", "("}, {"）", ")"}}), HasSubstr(expected));
  }
}

TEST(FormDocumentTest, NamesTheWarningsThePrOfficeAgreedInSpiteOfAndItsReason) {
  DocumentSource source = AgreedSource(Sample("open"));
  const auto office = [&] {
    return absl::StrReplaceAll(Joined(TextOf(Pdf(FormDocument(source)))),
                               {{"（", "("}, {"）", ")"}});
  };
  EXPECT_THAT(office(), Not(HasSubstr("注意事項")));
  source.form.acts[source.form.acts.size() - 2].findings = {
      {.clause = "T 6-1", .severity = domain::Severity::kWarn, .message_ja = "認証がありません。"},
      {.clause = "T 7-4", .severity = domain::Severity::kInfo, .message_ja = "合議します。"}};
  EXPECT_THAT(office(), HasSubstr("注意事項[T6-1]認証がありません。同意の理由:"));
  EXPECT_THAT(office(), Not(HasSubstr("合議します。")));
}

TEST(FormDocumentTest, SaysOnEachPageWhatIsNeitherOnItsWayNorInEffect) {
  DocumentSource source = AgreedSource(Sample("open"));
  EXPECT_EQ(FormDocument(source).notice, "");
  for (const auto& [state, notice] :
       std::vector<std::pair<domain::State, std::string>>{{domain::State::kDraft, "下書き"},
                                                          {domain::State::kWithdrawn, "取下げ"},
                                                          {domain::State::kReturned, "差戻し"},
                                                          {domain::State::kPulledBack, "引戻し"},
                                                          {domain::State::kConflict, "台帳不一致"},
                                                          {domain::State::kExpired, "失効"}}) {
    source.form.state = state;
    EXPECT_EQ(FormDocument(source).notice, notice);
  }
  source.form.state = domain::State::kRejected;
  source.form.acts.push_back(ActOf(domain::ActKind::kRejected, "秘書 広子", 12, 2, "重複する。"));
  EXPECT_EQ(FormDocument(source).notice, "却下");
  EXPECT_THAT(paper::RenderHtml(FormDocument(source)), HasSubstr("R8.8.12\n却下"));
  source.form.acts.push_back(
      ActOf(domain::ActKind::kTransferred, "秘書 広子", 13, -1,
            "keeper: 阿部 → 板東; steps[0].reviewer: 美馬 → 那賀; "
            "fields.publishing_method.account_manager.subject: 阿部 (異動)"));
  EXPECT_THAT(paper::RenderHtml(FormDocument(source)),
              AllOf(HasSubstr("R8.8.12\n却下"), HasSubstr("担当: 阿部 → 板東"),
                    HasSubstr("経路の1番目の後閲: 美馬 → 那賀"),
                    HasSubstr("16 発信方法 運用責任者"), Not(HasSubstr("account_manager"))));
}

TEST(FormDocumentTest, NamesTheItemOfEachChange) {
  DocumentSource source = AgreedSource(Sample("change"));
  source.form.changes = {{"fields.publishing_method.operators[1].title", "", "主事"},
                         {"fields.term.last_day", "2026-12-31", "2027-03-31"},
                         {"fields.personal_data.collected", "", "true"},
                         {"fields.platform", "x", "line"}};
  const std::string html = paper::RenderHtml(FormDocument(source));
  EXPECT_THAT(html, AllOf(HasSubstr(">16 発信方法 運用担当者 2 職名<"),
                          HasSubstr(">令和8年12月31日</td><td class=\"start\">令和9年3月31日<"),
                          HasSubstr(">なし</td><td class=\"start\">あり<"),
                          HasSubstr(">X</td><td class=\"start\">LINE<")));
}

TEST(FormDocumentTest, IsValidAndObeysNoTextInIt) {
  v1::FormContent content = Sample("open");
  content.mutable_fields()->set_purpose("</td><script>alert(1)</script>\u202E 𠮷 😀");
  content.mutable_fields()->set_display_name("\"><img src=x onerror=alert(1)>");
  for (const paper::Document& document :
       {FormDocument(AgreedSource(content)), PolicyDocument(AgreedSource(content)).value(),
        TermsDocument(AgreedSource(content)).value()}) {
    const std::string html = paper::RenderHtml(document);
    EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<img"))));
    const auto problems = testing::OutputOn(html, {"node", "tests/publication/html.mjs", "{}"});
    EXPECT_TRUE(problems.ok()) << problems.status();
  }
}

TEST(PolicyDocumentTest, HasFifteenHeadingsAndTheVersionThatWasAgreed) {
  const paper::Document document = PolicyDocument(AgreedSource(Sample("open"))).value();
  std::vector<std::string> headings;
  for (const paper::Block& block : document.blocks) {
    const auto* heading = std::get_if<paper::Heading>(&block);
    if (heading != nullptr && heading->level == 2) headings.push_back(heading->text);
  }
  ASSERT_THAT(headings, SizeIs(16));
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(absl::StartsWith(headings[i], absl::StrCat(i + 1, " ")));
  EXPECT_THAT(paper::RenderHtml(document),
              AllOf(HasSubstr("令和8年度 第12号、令和8年8月10日同意\n協議書 "
                              "0197b1f0-5c1e-7d2a-9c33-0242ac120002 第7版"),
                    Not(HasSubstr("阿部")), Not(HasSubstr("板東"))));
}

TEST(PolicyDocumentTest, ListsEveryEnactmentSinceTheAccountWasOpened) {
  DocumentSource source = AgreedSource(Sample("change"));
  EXPECT_THAT(paper::RenderHtml(*TermsDocument(source)), HasSubstr("台帳への登録より前"));
  source.history = {
      {domain::Action::kOpen, {2025, 3, absl::CivilDay(2025, 4, 2)}, absl::CivilDay(2025, 5, 1)}};
  EXPECT_THAT(paper::RenderHtml(*TermsDocument(source)),
              AllOf(HasSubstr("制定</th><td>令和7年5月1日(令和7年度 第3号)"),
                    HasSubstr("改正</th><td>令和8年9月7日(令和8年度 第12号)"),
                    Not(HasSubstr("台帳への登録より前"))));
}

// A 禁止事項: ten; Y (10): three more than those; M 2-(6): one more.
TEST(TermsDocumentTest, HasEveryProhibitedClassOnce) {
  const std::string html = paper::RenderHtml(*TermsDocument(AgreedSource(Sample("open"))));
  for (const char* word :
       {"知的財産権を侵害", "プライバシー", "名誉", "信用又は品位", "わいせつな文章",
        "不正アクセス", "差別", "秘密", "公の秩序", "適当でない", "侮辱", "違法な行為",
        "根拠のない", "サイトへのリンク", "事実に反する"}) {
    EXPECT_THAT(html, HasSubstr(word));
  }
  EXPECT_THAT(html, AllOf(HasSubstr(">(15)<"), Not(HasSubstr(">(16)<"))));
}

// What was agreed reads the same for ever: another wording is for what is agreed from then on.
TEST(PolicyDocumentTest, KeepsItsWording) {
  const auto hash = [](const paper::Document& document) {
    std::string words;
    for (const paper::Block& block : document.blocks) {
      if (const auto* text = std::get_if<paper::Paragraph>(&block)) words += text->text;
      if (const auto* heading = std::get_if<paper::Heading>(&block)) words += heading->text;
      const auto* listing = std::get_if<paper::Listing>(&block);
      for (std::size_t i = 0; listing != nullptr && i < listing->items.size(); ++i) {
        words += listing->items[i].text;
      }
    }
    return absl::BytesToHexString(Sha256(words)).substr(0, 16);
  };
  const DocumentSource source = AgreedSource(OpenContent());
  EXPECT_EQ(hash(*PolicyDocument(source)), "80b5a95aece1ee41");
  EXPECT_EQ(hash(*TermsDocument(source)), "4b9576c6b5891d2a");
}

class DocumentServiceTest : public ApprovalTest {
 protected:
  absl::StatusOr<std::string> Print(const Somebody& who, const v1::Form& form,
                                    Request::Document document = Request::DOCUMENT_FORM,
                                    Request::Format format = Request::FORMAT_HTML) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    Request request;
    request.set_name(form.name());
    request.set_document(document);
    request.set_format(format);
    v1::DocumentHeader header;
    std::string bytes;
    v1::RenderDocumentResponse message;
    const auto reader = documents_->RenderDocument(&context, request);
    while (reader->Read(&message)) {
      if (message.has_header()) header = message.header();
      EXPECT_LE(message.chunk().size(), 256u << 10);
      bytes += message.chunk();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return rpc::FromGrpc(status);
    EXPECT_EQ(header.sha256(), Sha256(bytes));
    EXPECT_EQ(header.size_bytes(), static_cast<std::int64_t>(bytes.size()));
    return bytes;
  }

  // Types of the events about documents, and reasons of refusals.
  std::vector<std::string> LastEvent() {
    const auto events = Events();
    return {events.back().type(), events.back().rpc(), events.back().reason()};
  }

  const std::unique_ptr<v1::DocumentService::Stub> documents_ =
      v1::DocumentService::NewStub(server_.ChannelOf());
};

TEST_F(DocumentServiceTest, PrintsForWhoeverMayReadTheFormAndLeavesAnEvent) {
  const v1::Form form = Submitted();
  for (const Somebody& who : {kStaff, kHead, kViaHead, kPrOffice, kAuditor}) {
    EXPECT_THAT(Print(who, form).value(), HasSubstr("学校教育の広報"));
    EXPECT_THAT(LastEvent(),
                ::testing::ElementsAre("data.read",
                                       "daicho.approval.v1.DocumentService/RenderDocument", ""));
  }
  EXPECT_EQ(ReasonOf(Print(kForeignStaff, form).status()), "FOREIGN_DEPARTMENT");
  EXPECT_THAT(LastEvent(), Contains("FOREIGN_DEPARTMENT"));
  EXPECT_EQ(Print(kAdmin, form).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(DocumentServiceTest, PrintsAPdfThatIsTheSameToTheByte) {
  const v1::Form form = Submitted();
  const std::string pdf = Print(kStaff, form, Request::DOCUMENT_FORM, Request::FORMAT_PDF).value();
  EXPECT_THAT(Joined(TextOf(pdf)), HasSubstr("学校教育の広報"));
  clock_.Advance(absl::Hours(30));
  EXPECT_EQ(Print(kStaff, form, Request::DOCUMENT_FORM, Request::FORMAT_PDF).value(), pdf);
}

TEST_F(DocumentServiceTest, KeepsTheAgreedPolicyWhateverBecomesOfTheAccount) {
  const v1::Form agreed = Agreed();
  const auto print = [&](Request::Document document) {
    return Print(kStaff, agreed, document, Request::FORMAT_PDF).value();
  };
  const std::string policy = print(Request::DOCUMENT_POLICY),
                    terms = print(Request::DOCUMENT_TERMS);
  {
    const work::Relay relay(&database_.pool(), kRegistryDestination, RelayEncoder(server_.env()),
                            ApplyTo(peers_, &clock_));
    ASSERT_TRUE(testing::Eventually(
        [&] { return Get(kAuditor, agreed)->state() == v1::Form::STATE_APPLIED; }));
  }
  const std::string account = Get(kAuditor, agreed)->application().account();
  registry::v1::Account changed;
  changed.set_name(account);
  changed.set_etag("\"3\"");
  changed.mutable_fields()->set_purpose("別の目的");
  ledger_.Put(changed);
  registry_.GoDown();
  EXPECT_EQ(print(Request::DOCUMENT_POLICY), policy);
  EXPECT_EQ(print(Request::DOCUMENT_TERMS), terms);
  EXPECT_THAT(Joined(TextOf(policy)),
              AllOf(HasSubstr("令和8年度第1号"), HasSubstr("学校教育の広報")));
}

TEST_F(DocumentServiceTest, NamesTheFormsThatTookEffectBefore) {
  const v1::Form opened = Agreed();
  const work::Relay relay(&database_.pool(), kRegistryDestination, RelayEncoder(server_.env()),
                          ApplyTo(peers_, &clock_));
  ASSERT_TRUE(testing::Eventually(
      [&] { return Get(kAuditor, opened)->state() == v1::Form::STATE_APPLIED; }));
  registry::v1::Account account;
  account.set_name(Get(kAuditor, opened)->application().account());
  account.set_etag("\"3\"");
  ledger_.Put(account);
  const v1::Form change = Drafted(ChangeContent(account.name()));
  EXPECT_THAT(Print(kStaff, change, Request::DOCUMENT_TERMS).value(),
              AllOf(HasSubstr("制定</th><td>令和8年12月1日(令和8年度 第1号)"), HasSubstr("案")));
  // The opening itself knows nothing of what came after it.
  EXPECT_THAT(Print(kStaff, opened, Request::DOCUMENT_TERMS).value(), Not(HasSubstr(">改正</th>")));
}

TEST_F(DocumentServiceTest, ShowsTheAccountOfAClosingAsItWasWhenHandedIn) {
  registry::v1::Account account;
  account.set_name(PutAccount());
  account.set_etag("\"3\"");
  account.mutable_fields()->set_display_name("旧名称だより");
  ledger_.Put(account);
  const v1::Form form = Submitted(CloseContent(account.name()));
  const std::string before = Print(kStaff, form).value();
  EXPECT_THAT(before, HasSubstr("旧名称だより"));
  clock_.Advance(absl::Hours(1));
  account.mutable_fields()->set_display_name("新名称だより");
  ledger_.Replace(account, clock_.Now());
  EXPECT_EQ(Print(kStaff, form).value(), before);
  EXPECT_EQ(ReasonOf(Print(kStaff, form, Request::DOCUMENT_POLICY).status()),
            "DOCUMENT_NOT_APPLICABLE");
  registry_.GoDown();
  EXPECT_EQ(ReasonOf(Print(kStaff, form).status()), "REGISTRY_UNAVAILABLE");
}

// T 5-9-4.
TEST_F(DocumentServiceTest, ShowsTheAccountOfAnUrgentClosingAsItWasToo) {
  registry::v1::Account account;
  account.set_name(PutAccount());
  account.set_etag("\"3\"");
  account.mutable_fields()->set_display_name("旧名称だより");
  ledger_.Put(account);
  const v1::Form form = Submit(kSecurity, Drafted(UrgentContent(account.name()))).value();
  clock_.Advance(absl::Hours(1));
  account.mutable_fields()->set_display_name("新名称だより");
  ledger_.Replace(account, clock_.Now());
  EXPECT_THAT(Print(kStaff, form).value(), HasSubstr("旧名称だより"));
}

TEST_F(DocumentServiceTest, MarksADraftAndNamesItsDepartment) {
  EXPECT_THAT(Print(kStaff, Drafted()).value(),
              AllOf(HasSubstr("<strong>下書き</strong>"), HasSubstr("学校教育課")));
}

TEST_F(DocumentServiceTest, SendsALargeDocumentInPieces) {
  v1::FormContent content = OpenContent();
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "&<>\"";
  for (int i = 0; i < 30; ++i) content.mutable_fields()->add_listing_urls(text);
  EXPECT_GT(Print(kStaff, Drafted(content)).value().size(), 512u << 10);
}

TEST_F(DocumentServiceTest, RefusesWhatItDoesNotKnow) {
  const v1::Form form = Drafted();
  EXPECT_EQ(ReasonOf(Print(kStaff, form, Request::DOCUMENT_UNSPECIFIED).status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Print(kStaff, form, static_cast<Request::Document>(9)).status()),
            "INVALID_FIELD");
  v1::Form unknown;
  unknown.set_name("forms/" + NewId());
  EXPECT_EQ(ReasonOf(Print(kStaff, unknown).status()), "FORM_NOT_FOUND");
}

}  // namespace
}  // namespace daicho::approval
