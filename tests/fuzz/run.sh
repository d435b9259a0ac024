#!/usr/bin/env bash
# run.sh SECONDS [TARGET…]: builds the fuzz targets with clang and runs each for SECONDS, from the
# sample data and what earlier runs found. An input that breaks a promise is kept under
# build-fuzz/found, and the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?seconds for each target}
shift
all=(cp932 csv filter guideline hosts media_type page_token sheet tlog url)
targets=("${@:-${all[@]}}")

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
cmake -S . -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold \
  -DGOOGLEAPIS_DIR="$PWD/build/googleapis" \
  -DDAICHO_FUZZ=ON -DDAICHO_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
ninja -C build-fuzz "${targets[@]/#/fuzz_}"

seeds() { # target folder: what the sample data has to begin with
  case $1 in
  cp932)
    head -20 deploy/sample/departments.csv >"$2/utf8"
    iconv -f UTF-8 -t CP932 "$2/utf8" >"$2/cp932"
    printf '\x87\x40\xfb\xfc\xfa\xb1\x81\x60\xb6\xc5\xf0\x40' >"$2/extensions"
    printf '〜−‖¢£¬—¥‾𠮷é€' >"$2/lacking"
    ;;
  csv)
    head -20 services/registry/testdata/accounts_jp.csv >"$2/accounts"
    printf 'a,"b ""c""\r\nd"\r\n=1,,\r\n' >"$2/quotes"
    ;;
  filter)
    sed -nE 's/^ +\{"(.*)", "[^"]*"\},?$/\1/p' services/registry/domain/account_filter_test.cc \
      common/base/filter_test.cc | one_file_a_line "$2"
    ;;
  guideline)
    cp services/policy/guidelines/*.textproto tests/fuzz/seeds/guideline.textproto "$2/"
    ;;
  hosts)
    grep -oE '"[^"]{10,}"' deploy/sample/forms/open.textproto | tr -d '"' | one_file_a_line "$2"
    printf 'https://a@bit%%2ely/x。Next ｂｉｔ．ｌｙ' >"$2/hidden"
    ;;
  media_type)
    cp deploy/sample/forms/usage-policy.docx "$2/docx"
    workbook "$2/xlsx"
    printf '%%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n' >"$2/pdf"
    printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\0\0\0\0IEND\xae\x42\x60\x82' >"$2/png"
    printf '\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9' >"$2/jpeg"
    ;;
  page_token)
    printf 'AAAA' >"$2/short"
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\1' >"$2/one_bit"
    ;;
  sheet)
    cp tests/fuzz/seeds/sheet.txt "$2/parts"
    workbook "$2/workbook"
    head -20 deploy/sample/departments.csv | iconv -f UTF-8 -t CP932 >"$2/cp932"
    ;;
  tlog)
    root=CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    note=$(printf 'a.example/log\n42\n%s\n\n— a.example/log %s=\n' $root Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8)
    printf '%s\n' "$note" >"$2/note"
    printf 'c2sp.org/tlog-proof@v1\nextra bGVhZg==\nindex 7\n%s\n\n%s\n' $root "$note" >"$2/receipt"
    printf 'old 7\n%s\n\n%s\n' $root "$note" >"$2/request"
    printf 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW' >"$2/key"
    printf 'tile/entries/x001/234.p/17' >"$2/path"
    printf '\0\4leaf\0\1x' >"$2/bundle"
    ;;
  url)
    cut -d, -f4 services/registry/testdata/accounts_jp.csv | one_file_a_line "$2"
    ;;
  esac
}

workbook() { # file: the parts of seeds/sheet.txt as a whole XLSX file
  local folder
  folder=$(mktemp -d)
  mkdir -p "$folder/_rels" "$folder/xl/_rels"
  awk -v folder="$folder/xl" 'BEGIN {part = 1} $0 == "---" {part++; next}
    {printf "%s", $0 > (folder "/" part ".xml")}' tests/fuzz/seeds/sheet.txt
  related officeDocument xl/workbook.xml >"$folder/_rels/.rels"
  related worksheet 1.xml sharedStrings 2.xml styles 3.xml >"$folder/xl/_rels/workbook.xml.rels"
  echo '<workbook><sheets><sheet name="a" r:id="r1.xml"/></sheets></workbook>' \
    >"$folder/xl/workbook.xml"
  (cd "$folder" && zip -qr workbook.zip _rels xl)
  mv "$folder/workbook.zip" "$1"
  rm -r "$folder"
}

related() { # (type target)…
  local kinds=http://schemas.openxmlformats.org/officeDocument/2006/relationships
  echo '<Relationships>'
  while [ $# -gt 0 ]; do
    echo "<Relationship Id=\"r$2\" Type=\"$kinds/$1\" Target=\"$2\"/>"
    shift 2
  done
  echo '</Relationships>'
}

one_file_a_line() { split -l 1 -a 4 - "$1/line"; }

words() { # names of fields and enum values, which chance alone does not find
  sed -nE 's/^ *(optional |repeated )?([A-Za-z0-9_.]+ )?([A-Za-z_0-9]+) = [0-9]+( |;|\[).*/"\3"/p' \
    proto/daicho/policy/v1/{guideline,finding}.proto proto/daicho/approval/v1/form.proto \
    proto/daicho/registry/v1/account.proto | sort -u
}

failed=()
for target in "${targets[@]}"; do
  corpus=build-fuzz/corpus/$target seed=build-fuzz/seeds/$target found=build-fuzz/found/$target
  rm -rf "$seed"
  mkdir -p "$corpus" "$seed" "$found"
  seeds "$target" "$seed"
  options=()
  if [ "$target" = guideline ]; then
    words >build-fuzz/guideline.dict
    options=(-dict=build-fuzz/guideline.dict -max_len=60000)
  fi
  echo "fuzz: $target, $seconds s"
  if ! "build-fuzz/bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$found/" -print_final_stats=1 "${options[@]}" "$corpus" "$seed" \
    >"build-fuzz/$target.log" 2>&1; then
    failed+=("$target")
    tail -25 "build-fuzz/$target.log"
  fi
  grep -E 'stat::number_of_executed_units|DONE' "build-fuzz/$target.log" | tail -2 || true
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "fuzz: failed: ${failed[*]}; inputs are under build-fuzz/found" >&2
  exit 1
fi
