#!/usr/bin/env bash
# The story: from a draft to the ledger to the audit log, by daicho commands alone, against a running
# suite. Exit status 0 only if every step held. Each run opens, changes and closes an account of its
# own, so that it can be played any number of times, also after one that was cut off.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export DAICHO_PROFILE=${DAICHO_PROFILE:-${DAICHO_VAR:-$PWD/var}/profile.textproto}
daicho=${DAICHO_BIN:-$PWD/build/bin}/daicho
sample=deploy/sample

today=$(TZ=Asia/Tokyo date +%F)
last_day=$(TZ=Asia/Tokyo date -d "$today + 200 days" +%F)
handle=$(printf 'd%s%03d' "$(date +%s)" $((RANDOM % 1000)))
url=https://x.com/$handle
list_page=https://www.pref.example/sns/

staff=sakamoto head=hirose-head deputy=hirose-deputy via=edu-policy-head pr=pr-office
security=it-security security_head=it-head privacy_head=privacy-head auditor=auditor
safety=kimura safety_head=kimura-head
answer_by=$(TZ=Asia/Tokyo date -d "$today + 14 days" +%F)
steps=0
output='' code=0

# --- How a step is told ---------------------------------------------------------------------------

step() { # Japanese, English
  steps=$((steps + 1))
  printf '\n[%d] %s\n     %s\n' "$steps" "$1" "$2"
}

# Runs a command and shows it; its output and exit status are kept.
run() {
  printf '     $ daicho %s\n' "$(printf '%q ' "$@")"
  output=$("$daicho" "$@" 2>&1)
  code=$?
}

show() { printf '       %s\n' "${output//$'\n'/$'\n       '}"; }

# Runs a command of which only one field matters.
get() { # path command…
  local path=$1
  shift
  run "$@" --get="$path"
}

expect() { # what, expected, actual
  if [ "$2" = "$3" ]; then
    printf '     ○ %s: 期待 expected %s ・ 結果 got %s\n' "$1" "$2" "$3"
  else
    printf '     × %s: 期待 expected %s ・ 結果 got %s\n' "$1" "$2" "$3"
    show
    printf '\n失敗: 手順 %d / Failed at step %d\n' "$steps" "$steps"
    exit 1
  fi
}

expect_code() { expect '終了コード exit code' "$1" "$code"; }

expect_text() { # text that the output holds
  if grep -qF -- "$1" <<<"$output"; then expect '表示 shown' "$1" "$1"; else expect '表示 shown' "$1" '—'; fi
}

# Waits until a field has a value: what one service did reaches the next a moment later.
wait_for() { # what, expected, path, command…
  local what=$1 expected=$2 path=$3 deadline=$((SECONDS + 30))
  shift 3
  while :; do
    output=$("$daicho" "$@" --get="$path" 2>&1)
    code=$?
    if [ "$output" = "$expected" ] || [ "$SECONDS" -ge "$deadline" ]; then break; fi
    sleep 0.2
  done
  printf '     $ daicho %s--get=%s\n' "$(printf '%q ' "$@")" "$path"
  expect "$what" "$expected" "$output"
}

# --- What people do -------------------------------------------------------------------------------

# The PR office says why: an account that a run left open when it was cut off is like the next one's,
# which is a warning [T 5-9-1].
agree() { # who, form, state afterwards
  local why=()
  [ "$1" != "$pr" ] || why=(--comment='他のアカウントとの違いを確認した。')
  get state form decide "$2" --agree "${why[@]}" --as "$1"
  expect_code 0
  expect '状態 state' "$3" "$output"
}

submit() { # form, who
  get state form submit "$1" --as "${2:-$staff}"
  expect_code 0
  expect '状態 state' STATE_IN_ROUTE "$output"
}

applied() { # form
  wait_for '状態 state' STATE_APPLIED state form show "$1" --as "$staff"
}

lookup_says() { # verdict, url
  wait_for '判定 verdict' "LOOKUP_VERDICT_$1" verdict lookup "$2"
}

confirm_closing() { # account
  get state account confirm-closing "$1" --removal='設定画面から削除し、表示されないことを確認した。' \
    --handle-protection='県公式アカウントが毎月確認する。' --unlisted-on="$today" --as "$pr"
  expect '状態 state' STATE_CLOSED "$output"
}

# What a CLOSE has to say besides its reason.
closing_plan=(--set=addressee='秘書課(広報戦略担当)' --set=closing_plan.notice='固定した投稿で終了を知らせる。'
  --set=closing_plan.notice_until="$today" --set=closing_plan.removal='設定画面から削除する。'
  --set=closing_plan.handle_protection='県公式アカウントが同名の出現を毎月確認する。'
  --set=closing_plan.data_retention='投稿の写しを5年間保存する。' --set=closing_plan.unlist_on="$today")

# --- The story ------------------------------------------------------------------------------------

step '所属と既存の台帳を取り込む。二度目は何も変わらない。' \
  'Departments and the real ledger are imported; the second time nothing changes.'
run department import "$sample/departments.csv" --as admin
expect_code 0
run account import "$sample/accounts.csv" --as "$pr"
expect_code 0
get updated_count department import "$sample/departments.csv" --as admin
expect '更新 updated' 0 "$output"
get created_count account import "$sample/accounts.csv" --as "$pr"
expect '新規 created' 0 "$output"
show_count=$("$daicho" account list --as "$pr" --get=total_size)
printf '     台帳のアカウント accounts in the ledger: %s\n' "$show_count"

# A run that was cut off may have left the head away.
for absence in $("$daicho" form absence-list --as "$staff" | grep -oE 'absences/[0-9a-f-]{36}'); do
  run form absence-end "$absence" --as "$staff"
  expect_code 0
done

step '教育委員会の担当者が、個人情報を集めるアカウントの開設を起案する(目的が未記入)。' \
  'A section of the education board drafts an OPEN form; personal data is collected, the purpose missing.'
get name form draft --from="$sample/forms/open.textproto" --as "$staff" --unset=fields.purpose \
  --set=fields.handle="$handle" --set=fields.url="$url" \
  --set=submitted_on="$today" --set=effective_on="$today" --set=fields.term.last_day="$last_day" \
  --set=fields.personal_data.collected=true \
  --set=fields.personal_data.handling='応募者の氏名を条例に基づき扱い、終了後に消去する。その旨を利用方針に記載する。'
expect_code 0
opening=$output
printf '     協議書 form: %s\n' "$opening"

step '規程と照らし合わせると、条項つきの指摘が出る。提出もできない。' \
  'The guideline finds it and names the clause; the form cannot be submitted.'
run form check "$opening" --as "$staff"
expect_code 3
expect_text 'T 5-2-2'
expect_text 'fields.purpose'
show
run form submit "$opening" --as "$staff"
expect_code 3
expect_text FORM_INCOMPLETE
expect_text fields.purpose

step '利用方針案を添付する。中身が偽りのファイルは受け付けない。' \
  'The draft of the usage policy is attached; a file in disguise is not taken.'
disguised=$(mktemp -d)
printf 'MZ not a document' > "$disguised/usage-policy.docx"
run form attach "$opening" "$disguised/usage-policy.docx" --as "$staff"
rm -r "$disguised"
expect_code 2
expect_text TYPE_NOT_ACCEPTED
run form attach "$opening" "$sample/forms/usage-policy.docx" --as "$staff"
expect_code 0
show

step '目的を書いて直し、提出する。個人情報の担当課との合議が、根拠の条項とともに経路に加わる。' \
  'The purpose is filled in, and the form submitted; the desk for personal data is in its route, by rule.'
run form update "$opening" --as "$staff" \
  --set=fields.purpose='学びの祭典の催しを知らせ、県民の学びへの参加を広げる。'
expect_code 0
run form check "$opening" --as "$staff"
expect_code 0
run form preview "$opening" --as "$staff"
expect_text 教育政策課
expect_text 'CONCURRENCE T 7-4 (T-7-4)'
expect_text 県民情報課
show
submit "$opening"
run form inbox --as "$head"
expect_text "$opening"

step '起案した人は、決裁権があっても自分の協議書を決裁できない。' \
  'Whoever drafted a form cannot decide it, although a team leader decides for others.'
run form decide "$opening" --agree --as "$staff"
expect_code 5
expect_text FOUR_EYES

step '所属長が出張中のため、不在を記録したうえで代決する。記録がなければ代決できない。' \
  'The head is away: a deputy decides once the absence is recorded, and not before.'
run form decide "$opening" --deputy --reason='課長が出張中のため' --as "$deputy"
expect_code 3
expect_text NO_ABSENCE_RECORDED
get name form absence-record --person="$head" --until="$today" --reason=出張 --as "$staff"
expect_code 0
absence=$output
get state form decide "$opening" --deputy --reason='課長が出張中のため' --as "$deputy"
expect '状態 state' STATE_IN_ROUTE "$output"
run form absence-end "$absence" --as "$staff"
expect_code 0

step '教育政策課を経由し、県民情報課が合議する。それまで秘書課は同意できない。' \
  '教育政策課 forwards, and the desk for personal data concurs; the PR office has to wait for it.'
agree "$via" "$opening" STATE_IN_ROUTE
run form decide "$opening" --agree --as "$pr"
expect_code 5
expect_text NOT_YOUR_STEP
run form inbox --as "$privacy_head"
expect_text "$opening"
agree "$privacy_head" "$opening" STATE_UNDER_REVIEW

step '秘書課が統合を検討するよう助言する。' \
  'The PR office advises to merge into an account there is.'
get state form advise "$opening" --kind=close_or_merge --due="$answer_by" --as "$pr" \
  --comment='県公式アカウントでの発信に統合できないか検討してください。'
expect '状態 state' STATE_ADVISED "$output"
run form inbox --as "$staff"
expect_text "$opening"

step '担当者が回答し、秘書課が同意する。助言は却下ではない。' \
  'The section answers, and the PR office agrees: advice is not rejection.'
get state form answer "$opening" --as "$staff" \
  --comment='当日の混雑や変更を随時知らせるため、祭典に限って開設します。'
expect '状態 state' STATE_UNDER_REVIEW "$output"
agree "$pr" "$opening" STATE_AGREED

step '出張から戻った所属長が後閲する。' 'Back again, the head reads what the deputy decided.'
run form inbox --bucket=review --as "$head"
expect_text "$opening"
run form review-afterwards "$opening" --comment='確認しました。' --as "$head"
expect_code 0
applied "$opening"
get application.account form show "$opening" --as "$staff"
account=$output
printf '     アカウント account: %s\n' "$account"

step '同意された協議書と利用方針をA4のPDFに印刷する。同じ協議書からは同じファイルができる。' \
  'The agreed form and its usage policy are printed as A4 PDF; the same form gives the same bytes.'
printed=$(mktemp -d)
for document in form policy; do
  for copy in 1 2; do
    run form print "$opening" --document="$document" --out="$printed/$document-$copy.pdf" --as "$pr"
    expect_code 0
  done
  cmp "$printed/$document-1.pdf" "$printed/$document-2.pdf"
  printf '     %s: %s bytes, %s pages\n' "$document" "$(stat -c %s "$printed/$document-1.pdf")" \
    "$(pdfinfo "$printed/$document-1.pdf" | awk '/^Pages:/ {print $2}')"
done
rm -r "$printed"

step '台帳に「開設準備中」で載る。判定は「未確認」。' \
  'The ledger holds it as PREPARING; lookup says UNCONFIRMED.'
get state account get "$account" --as "$staff"
expect '状態 state' STATE_PREPARING "$output"
lookup_says UNCONFIRMED "$url"
run lookup "$url"
expect_code 3

step '開設を報告する。掲載前なので、判定はまだ「未確認」。' \
  'It is confirmed open; until a page of ours lists it, lookup still says UNCONFIRMED.'
get state account confirm-opening "$account" --opened-on="$today" --as "$staff"
expect '状態 state' STATE_ACTIVE "$output"
lookup_says UNCONFIRMED "$url"

step '公式ページへの掲載を記録すると、判定は「公式」になる。' \
  'Once it is seen on an official page, lookup says OFFICIAL.'
run account record-listing "$account" --organization-page="$list_page" --as "$pr"
expect_code 0
lookup_says OFFICIAL "$url"
run lookup "https://twitter.com/$handle?s=20"
expect_code 0
show

step '似せたURLと、台帳にないユーザー名は「台帳になし」。' \
  'A look-alike host and a handle nobody registered are UNKNOWN.'
lookup_says UNKNOWN "https://eviltwitter.com/$handle"
run lookup "https://eviltwitter.com/$handle"
expect_code 3
lookup_says UNKNOWN "https://x.com/${handle}x"

step '規程に照らした指摘は、台帳が変われば数秒で改まる。新しいアカウントの管理状況はまだ報告されていない。' \
  'Findings follow the ledger within seconds; nobody has yet attested how the new account is kept.'
for _ in $(seq 30); do
  get 'findings[0].name' finding list --account="$account" --rule=T-4-5 --as "$pr"
  [ -z "$output" ] || break
  sleep 1
done
finding=$output
run finding acknowledge "$finding" --reason='初回の点検は来週' --until="$answer_by" --as "$pr"
expect_code 0
get total_size finding list --account="$account" --rule=T-4-5 --as "$pr"
expect '了承後の件数 after acknowledging' 0 "$output"
run finding summary --as "$pr"
expect_text 'T-4-5'
run policy check --account="$account" --as "$pr"
expect_text 'T-4-5'

step '認証を申請し、認められる。' 'The account is put forward for verification, and verified.'
run fact record-verification "$account" --state=applied --as "$staff"
expect_code 0
get facts.verification.state fact record-verification "$account" --state=verified --badge=組織 \
  --since="$today" --evidence='認証バッジの画面の写し' --as "$staff"
expect '認証 verification' STATE_VERIFIED "$output"

step '変更の協議書を起案し、提出する。' 'A CHANGE is drafted from the ledger, and submitted.'
get name form draft --account="$account" --action=change --as "$staff" \
  --set=addressee='秘書課(広報戦略担当)' --set=contact.display_name='広瀬 遥' \
  --set=contact.extension=3147 --set=contact.email=manabi@pref.example \
  --set=fields.audience='県内の児童生徒とその保護者' --set=change_reason='対象者を明確にするため'
expect_code 0
change=$output
run form attach "$change" "$sample/forms/usage-policy.docx" --as "$staff"
expect_code 0
submit "$change"

step '所属長が理由を付けて差し戻す。直して、もう一度提出する。' \
  'The head returns it with a reason; it is mended and submitted again.'
run form decide "$change" --return --as "$head"
expect_code 3
expect_text COMMENT_REQUIRED
get state form decide "$change" --return --comment='県外の方も対象に含めてください。' --as "$head"
expect '状態 state' STATE_RETURNED "$output"
audience='県内外の児童生徒とその保護者'
run form update "$change" --set=fields.audience="$audience" --as "$staff"
expect_code 0
submit "$change"

step '誤りに気づいて引き戻し、また提出する。承認された後は引き戻せない。' \
  'A slip is noticed: pulled back, submitted again. Once the next has acted, that is over.'
get state form pull-back "$change" --comment='誤字の確認' --as "$staff"
expect '状態 state' STATE_PULLED_BACK "$output"
submit "$change"
agree "$head" "$change" STATE_IN_ROUTE
run form pull-back "$change" --as "$staff"
expect_code 3
expect_text NEXT_HAS_ACTED
agree "$via" "$change" STATE_UNDER_REVIEW

step '秘書課が所属長の段階に差し戻し、その後の段階も決裁し直す。' \
  'The PR office returns it to the head; the steps after that decide again, too.'
get state form return "$change" --to=1 --comment='所属での周知を確認してください。' --as "$pr"
expect '状態 state' STATE_IN_ROUTE "$output"

step '承認・経由・同意を経て、台帳が変わる。' 'Agreed at every step, the change reaches the ledger.'
agree "$head" "$change" STATE_IN_ROUTE
agree "$via" "$change" STATE_UNDER_REVIEW
agree "$pr" "$change" STATE_AGREED
applied "$change"
get fields.audience account get "$account" --as "$staff"
expect '対象者 audience' "$audience" "$output"
run form timeline "$change" --as "$staff"
expect_code 0
show

# One day has to do for the whole story: the year of silence is told by the day of the last post.
step '祭典が終わり、一年以上投稿がない。規程と照らし合わせると、廃止の対象になる。' \
  'The event is over, and nothing was posted for more than a year: by the guideline, it is to close.'
seen=$(mktemp)
printf 'account,last_post_time,observe_time,source\n%s,%s,%s,目視\n' "$account" \
  "$(TZ=Asia/Tokyo date -d "$today - 400 days" +%FT12:00:00+09:00)" "$(date -u +%FT%TZ)" >"$seen"
run account report-activity "$seen" --as "$pr"
rm "$seen"
expect_code 0
run policy check --account="$account" --as "$pr"
expect_code 3
expect_text 'T-5-9-3-silent'

step '秘書課がアカウントについて助言し、台帳に表示される。' \
  'The PR office advises about the account; it shows in the ledger.'
get name advice open "$account" --kind=close_or_merge --as "$pr" \
  --text='一年以上投稿がありません。廃止を検討してください。' --finding=T-5-9-3-silent
expect_code 0
advice=$output
wait_for '未完了の助言 open advice' 1 open_advice.count account get "$account" --as "$staff"

step '廃止を起案する。廃止理由と最終投稿日は、台帳から入っている。助言に、この協議書で回答する。' \
  'A CLOSE is drafted; the ledger gives its reason and the last post. It answers the advice.'
get name form draft --account="$account" --action=close --as "$staff" "${closing_plan[@]}" \
  --set=contact.display_name='広瀬 遥' --set=contact.extension=3147 --set=contact.email=manabi@pref.example
expect_code 0
retiring=$output
get content.closing.reason form show "$retiring" --as "$staff"
expect '廃止理由 reason' REASON_INACTIVE "$output"
submit "$retiring"
get state advice answer "$advice" --text='祭典の終了に伴い廃止します。' --form="$retiring" --as "$staff"
expect '状態 state' STATE_ANSWERED "$output"
get state advice close "$advice" --accept --reason='廃止の協議書を確認した。' --as "$pr"
expect '状態 state' STATE_ACCEPTED "$output"
wait_for '未完了の助言 open advice' 0 open_advice.count account get "$account" --as "$staff"

step '廃止が同意されると判定は「かつて公式」になり、廃止の確認後も変わらない。' \
  'Once the closing is agreed, lookup says FORMERLY_OFFICIAL, and goes on saying so when it is gone.'
agree "$head" "$retiring" STATE_IN_ROUTE
agree "$via" "$retiring" STATE_UNDER_REVIEW
agree "$pr" "$retiring" STATE_AGREED
applied "$retiring"
lookup_says FORMERLY_OFFICIAL "$url"
confirm_closing "$account"
lookup_says FORMERLY_OFFICIAL "$url"

step '防災対策課のアカウントが開設され、公式になる。' 'Another account, of 防災対策課, is opened and OFFICIAL.'
safety_url=https://x.com/${handle}b
get name form draft --from="$sample/forms/open.textproto" --as "$safety" \
  --set=fields.handle="${handle}b" --set=fields.url="$safety_url" --set=fields.display_name='防災の学び' \
  --set=submitted_on="$today" --set=effective_on="$today" --set=fields.term.last_day="$last_day"
expect_code 0
safety_opening=$output
run form attach "$safety_opening" "$sample/forms/usage-policy.docx" --as "$safety"
expect_code 0
submit "$safety_opening" "$safety"
agree "$safety_head" "$safety_opening" STATE_UNDER_REVIEW
agree "$pr" "$safety_opening" STATE_AGREED
wait_for '状態 state' STATE_APPLIED state form show "$safety_opening" --as "$safety"
get application.account form show "$safety_opening" --as "$safety"
threatened=$output
get state account confirm-opening "$threatened" --opened-on="$today" --as "$safety"
expect '状態 state' STATE_ACTIVE "$output"
run account record-listing "$threatened" --organization-page="$list_page" --as "$pr"
expect_code 0
lookup_says OFFICIAL "$safety_url"

step '脅威が見つかり、スマート県庁推進課が緊急の廃止を提出する。提出と同時に停止される。' \
  'A threat: IT security submits an urgent closing, which suspends the account at once.'
get name form draft --account="$threatened" --action=close --set=urgent=true --as "$security" \
  "${closing_plan[@]}" --set=contact.display_name='葛西 淳' --set=contact.extension=2210 \
  --set=contact.email=security@pref.example --set=closing_plan.last_post_on="$today" \
  --set=closing.reason=SECURITY --set=closing.reason_detail='不審なログインがあり、安全に運用できないため'
expect_code 0
closing=$output
run form submit "$closing" --as "$safety"
expect_code 5
expect_text URGENT_NOT_YOURS
get state form submit "$closing" --as "$security"
expect '状態 state' STATE_IN_ROUTE "$output"
lookup_says OFFICIAL_BUT_SUSPENDED "$safety_url"

step '廃止は後から決裁される。スマート県庁推進課が合議し、秘書課が同意する。' \
  'The closing is decided afterwards: IT security concurs before the PR office agrees.'
agree "$safety_head" "$closing" STATE_IN_ROUTE
agree "$security_head" "$closing" STATE_UNDER_REVIEW
agree "$pr" "$closing" STATE_AGREED
wait_for '状態 state' STATE_APPLIED state form show "$closing" --as "$safety"
lookup_says FORMERLY_OFFICIAL "$safety_url"
confirm_closing "$threatened"

step '偽のページが見つかり、事案として措置を記録する。必須の措置が残る間は完了できない。' \
  'A fake page turns up: an incident, closed only once its mandatory duties are done.'
fake=https://www.facebook.com/fake.$handle
get name incident open --kind=impersonation --url="$fake" --seen-at='県民からの電話' \
  --text='偽のページから友達申請が届いた。' --as "$pr"
expect_code 0
incident=$output
run incident close "$incident" --cause=x --lesson=x --as "$pr"
expect_code 3
expect_text INCIDENT_DUTY_OPEN
expect_text 運営者への削除依頼
get name warning create "$fake" --department=0101 --as "$pr" \
  --notice-ja='偽のページです。県から友達申請を送ることはありません。'
expect_code 0
warning=$output
for duty in superior_report offices_contact removal_request review; do
  run incident duty "$incident" "$duty" --evidence='電話で連絡し、記録した。' --as "$pr"
  expect_code 0
done
run incident duty "$incident" site_notice --warning="$warning" --evidence='公式サイトに掲載した。' --as "$pr"
expect_code 0
lookup_says KNOWN_IMPERSONATION "$fake"
run incident close "$incident" --cause='公開写真の転載' --lesson='友達申請をしないことを常に知らせる。' \
  --clause='T 6-1-9' --as "$pr"
expect_code 0
expect_text '完了 CLOSED'
show

step '休眠アカウントの報告書は基準日ごとに一つ。誰が何度求めても同じものが返り、前日と比べられる。' \
  'One report about silent accounts for each day, the same to the byte for whoever asks; compared with the day before.'
yesterday=$(TZ=Asia/Tokyo date -d "$today - 1 day" +%F)
run report inactivity --as-of="$yesterday" --format=json --as "$pr"
expect_code 0
report=$output
run report inactivity --as-of="$yesterday" --format=json \
  --profile="$(dirname "$DAICHO_PROFILE")/reporter.textproto"
expect '同じ内容 same bytes' "$(sha256sum <<<"$report")" "$(sha256sum <<<"$output")"
run report inactivity --as-of="$today" --compare="$yesterday" --as "$pr"
expect_code 0
expect_text "inactivityReports/$yesterday"
show
run report commissioners --as-of="$today" --as "$auditor"
expect_text 合計
show

step 'すべての行為が監査ログにあり、一件ごとに証明が成り立つ。' \
  "Every act is in the audit log, and every event's inclusion proof holds."
logged() { # resource, event types in their order…
  local resource=$1 deadline=$((SECONDS + 30)) type
  shift
  until "$daicho" audit list --resource="$resource" --as "$auditor" | grep -F " ${*: -1} " >/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || break
    sleep 0.2
  done
  run audit verify --resource="$resource" --as "$auditor"
  expect_code 0
  for type in "$@"; do expect_text " $type "; done
  show
}
logged "$opening" form.created call.refused form.updated form.submitted form.agreed_as_deputy \
  form.advised form.answered form.agreed form.reviewed_afterwards form.applied
logged "$change" form.created form.submitted form.returned form.updated form.pulled_back \
  form.returned_to_step form.agreed form.applied
logged "$retiring" form.created form.submitted form.agreed form.applied
logged "$closing" form.created form.submitted_urgently form.agreed form.applied
logged "$account" account.prepared account.opened account.listed account.verification_recorded \
  account.changed account.closing account.closed
logged "$threatened" account.condition_reported account.closing account.closed
logged "$incident" incident.opened call.refused incident.duty_recorded incident.closed

step '監査ログを書き出せば、サーバーなしで検証できる。1ビットの改ざんも見つかる。' \
  'An export of the audit log is verified without a service; a single flipped bit is found.'
log=$(mktemp -d)
run audit export "$log/export" --as "$auditor"
expect_code 0
show
run audit verify --export="$log/export" --trusted-checkpoint="$log/trusted"
expect_code 0
show
run audit list --resource="$opening" --type=form.submitted --as "$auditor"
event=$(grep -F form.submitted <<<"$output" | grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' | tail -1)
run audit receipt "$event" --out="$log/receipt.tlog-proof" --as "$auditor"
expect_code 0
run audit verify --receipt="$log/receipt.tlog-proof" --key="$(head -1 "$log/export/keys")"
expect_code 0
bundle=$(find "$log/export/tile/entries" -type f | sort | head -1)
byte=$(od -An -tu1 -j100 -N1 "$bundle")
printf "\\x$(printf '%x' $((byte ^ 1)))" | dd of="$bundle" bs=1 seek=100 conv=notrunc status=none
run audit verify --export="$log/export" --trusted-checkpoint="$log/trusted"
expect_code 7
expect_text 'entry 0 altered'
rm -r "$log"

printf '\n成功: 全 %d 手順が期待どおりでした / All %d steps held\n' "$steps" "$steps"
