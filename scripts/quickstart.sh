#!/bin/sh
# Sets up a fresh Debian 12 machine and runs the main job: installs what is missing, builds into
# build/, pre-trains on NAS-Bench-201 and compares 3 encoders x 4 searchers on the table of
# Fashion-MNIST that comes with nasvec. Where NASVEC_DATA has nasbench201.csv.gz (README, "Data"),
# on CIFAR-10.
# Arguments are passed on to scripts/quickstart.lua: sh scripts/quickstart.sh seeds=20
set -eu

cd "$(dirname "$0")/.."
. scripts/install_deps.sh

dataset=fashion-mnist
if [ -n "${NASVEC_DATA:-}" ] && [ -e "$NASVEC_DATA/nasbench201.csv.gz" ]; then
  dataset=cifar10
fi
install_build_deps
cmake -G Ninja -B build -DNASVEC_TESTS=OFF . >/dev/null
cmake --build build
rm -f build/quickstart.db build/quickstart.db-wal build/quickstart.db-shm
exec build/nasvec run scripts/quickstart.lua store=build/quickstart.db dataset=$dataset "$@"
