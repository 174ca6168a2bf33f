#!/bin/sh
# Installs what is missing on a Debian 12 machine, builds with warnings as errors, and runs the
# tests. Tests of real data need nasbench201.csv.gz and its like: NASVEC_DATA, else shared/data
# beside the checkout; without them they are skipped.
#
#   --asan   with AddressSanitizer and UndefinedBehaviorSanitizer
#   --long   the long tests as well (valgrind)
set -eu
# shellcheck source=scripts/install_deps.sh
. "$(dirname "$0")/install_deps.sh"
keep_data_folder
cd "$(dirname "$0")/.."

build=build-test
sanitize=OFF
select="-LE long"
for option in "$@"; do
  case $option in
    --asan) build=build-asan sanitize=ON ;;
    --long) select= ;;
    *) echo "usage: sh scripts/test.sh [--asan] [--long]" >&2; exit 2 ;;
  esac
done
for folder in "${NASVEC_DATA:-}" ../shared/data; do
  if [ -n "$folder" ] && [ -e "$folder/nasbench201.csv.gz" ]; then
    NASVEC_DATA=$(cd "$folder" && pwd)
    export NASVEC_DATA
    break
  fi
done

install_build_deps
[ -n "$select" ] || install_packages valgrind
cmake -G Ninja -B $build -DNASVEC_WERROR=ON -DNASVEC_SANITIZE=$sanitize . >/dev/null
cmake --build $build
# shellcheck disable=SC2086
exec ctest --test-dir $build --output-on-failure -j "$(nproc)" $select
