#!/bin/sh
# Sets up a fresh Debian 12 machine and runs the main job: installs what is missing, builds into
# build/, pre-trains on NAS-Bench-201 and compares 3 encoders x 4 searchers.
# Arguments are passed on to scripts/quickstart.lua: sh scripts/quickstart.sh seeds=20
set -eu
cd "$(dirname "$0")/.."
. scripts/install_deps.sh

table=nasbench201.csv.gz
if ! NASVEC_DATA=$(data_folder $table); then
  echo "quickstart.sh: $table is missing: set NASVEC_DATA to its folder (README, 'Data': it is" \
    "made from the public NAS-Bench-201 file NATS-tss-v1_0-3ffb9.pickle.pbz2," \
    "https://github.com/D-X-Y/NATS-Bench)" >&2
  exit 1
fi
export NASVEC_DATA

install_build_deps
cmake -G Ninja -B build -DNASVEC_TESTS=OFF . >/dev/null
cmake --build build
rm -f build/quickstart.db build/quickstart.db-wal build/quickstart.db-shm
exec build/nasvec run scripts/quickstart.lua store=build/quickstart.db "$@"
