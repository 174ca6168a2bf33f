#!/bin/sh
# Sets up a fresh Debian 12 machine and runs the main job: installs what is missing, builds into
# build/, pre-trains on NAS-Bench-201 and compares 3 encoders x 4 searchers on the table of
# Fashion-MNIST that comes with nasvec. Where NASVEC_DATA has nasbench201.csv.gz (README, "Data"),
# on CIFAR-10.
# Arguments are passed on to scripts/quickstart.lua: sh scripts/quickstart.sh seeds=20
set -eu

# shellcheck source=scripts/install_deps.sh
. "$(dirname "$0")/install_deps.sh"
keep_data_folder
cd "$(dirname "$0")/.."

dataset=fashion-mnist
if [ -n "${NASVEC_DATA:-}" ] && [ -e "$NASVEC_DATA/nasbench201.csv.gz" ]; then
  dataset=cifar10
fi
install_build_deps
cmake -G Ninja -B build -DNASVEC_TESTS=OFF . >/dev/null
cmake --build build
# The store of an earlier call is removed, unless that still runs: nasvec holds a lock on the file
# that flock takes here, and refuses the store.
if [ -e build/quickstart.db ]; then
  touch build/quickstart.db.lock
  flock -n build/quickstart.db.lock \
    rm -f build/quickstart.db build/quickstart.db-wal build/quickstart.db-shm || true
fi
exec build/nasvec run scripts/quickstart.lua store=build/quickstart.db dataset=$dataset "$@"
