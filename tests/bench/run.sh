#!/usr/bin/env bash
# Measures the release build in FOLDER against its floors. Usage: run.sh FOLDER [FLAG…]
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
shift
if ! grep -q '^CMAKE_BUILD_TYPE:STRING=Release$' "$folder/CMakeCache.txt"; then
  echo "run.sh: $folder is no release build; its figures would say nothing" >&2
  exit 2
fi
exec "$folder/bin/daicho-bench" "$@"
