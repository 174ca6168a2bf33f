#!/bin/sh
# Installs the build tree into a fresh prefix, moves the prefix, and builds plugin projects
# against it as a stranger would: plugins/hillclimb with CMake and with make, and a project of
# each kind made by `nasvec new`, whatever its name means to CMake and C. Every one passes
# `nasvec check`, found by file and by name.
# usage: install.sh BUILD SOURCE
set -eu
umask 002 # as many people have it: what the group can write to must be no plugin
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say () { echo "install: $*"; }
fail () { say "FAILED: $*"; exit 1; }
quietly () { "$@" > log 2>&1 || { cat log; fail "$*"; }; }

quietly cmake --install "$build" --prefix "$work/first"
mv first prefix
prefix=$work/prefix
PATH=$prefix/bin:$PATH
XDG_DATA_HOME=$work/data
CMAKE_PREFIX_PATH=$prefix
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name nasvec.pc)")
export PATH XDG_DATA_HOME CMAKE_PREFIX_PATH PKG_CONFIG_PATH
unset NASVEC_PLUGIN_PATH

say "$(nasvec --version) in $prefix"
quietly nasvec plugins
! grep -q refused log || { cat log; fail "a plugin of the tree is refused"; }
case $(nasvec plugins | grep -c "$prefix/.*/nasvec/plugins/") in
  0) fail "no plugin of the installed folder is found" ;;
esac
library=$(find "$prefix" -name 'libnasvec.so.*.*')
readelf -d "$library" | grep -q 'SONAME.*libnasvec.so.[0-9]*\]' || fail "soname"
[ "$(pkg-config --modversion nasvec)" = "$(nasvec --version | cut -d' ' -f2)" ] \
  || fail "nasvec.pc says another version"

# build_and_check KIND NAME FOLDER
build_and_check () {
  quietly cmake -S "$3" -B "$3/build" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DCMAKE_C_FLAGS="-Wall -Wextra -Wconversion -Wshadow -Werror"
  quietly cmake --build "$3/build"
  grep -q -e ' -O3 ' "$3/build/compile_commands.json" || fail "$2 is not optimised"
  quietly ctest --test-dir "$3/build" --output-on-failure
  quietly cmake --install "$3/build"
  [ -f "$XDG_DATA_HOME/nasvec/plugins/$1s/$2.so" ] || fail "$2 is not in the user's folder"
  quietly nasvec plugins "$1" "$2"
  grep -q "file: $XDG_DATA_HOME" log || { cat log; fail "$2 is not found by name"; }
  say "$1 $2: built, checked, installed, found"
}

# A table that comes with nasvec, and one that does not.
cat > table.lua <<'END'
local nv = require "nasvec"
local p = nv.params { file = "fashion-mnist.csv" }
local space = nv.space ("nasbench201", { equivalence = "skip_zero" })
local bench = space:benchmark { kind = "table", file = p.file, dataset = "fashion-mnist" }
print (#bench:rows () .. " rows")
END
NASVEC_DATA='' quietly nasvec run table.lua
grep -q "^[0-9]* rows" log || { cat log; fail "the installed table"; }
if nasvec run table.lua file=none.csv > log 2>&1; then fail "a table that is nowhere"; fi
grep -q "no file 'none.csv' .*/prefix/share/nasvec/tables/nasbench201/none.csv" log \
  || { cat log; fail "a table that is nowhere: message"; }
say "tables: found in the installation"

cp -r "$source/plugins/hillclimb" hillclimb
build_and_check searcher hillclimb hillclimb
quietly make -C hillclimb CFLAGS="-O2 -Wall -Wextra -Werror" PLUGINS="$work/made" check install
NASVEC_PLUGIN_PATH=$work/made quietly nasvec plugins searcher hillclimb
grep -q "file: $work/made/searchers/hillclimb.so" log || fail "hillclimb by make is not found"
say "searcher hillclimb: with make and pkg-config"

for kind in space encoder searcher; do
  quietly nasvec new $kind my_$kind
  build_and_check $kind my_$kind my_$kind
done
for plugin in space/params encoder/index searcher/test; do
  quietly nasvec new "${plugin%/*}" "${plugin#*/}"
  build_and_check "${plugin%/*}" "${plugin#*/}" "${plugin#*/}"
done

# A folder that the group can write to from before is mended; an empty variable is none.
chmod g+w "$XDG_DATA_HOME/nasvec/plugins/searchers"
quietly cmake --install hillclimb/build
quietly nasvec plugins searcher hillclimb
XDG_DATA_HOME='' HOME=$work/home quietly cmake -S hillclimb -B empty
grep -q "^NASVEC_PLUGIN_DIR:PATH=$work/home/.local/share/nasvec/plugins$" empty/CMakeCache.txt \
  || fail "an empty XDG_DATA_HOME is taken for a folder"
say "installing: into a folder of the group, and with XDG_DATA_HOME empty"

# What must be refused, and leave things as they were.
refused () {
  if "$@" > log 2>&1; then fail "not refused: $*"; fi
}
refused nasvec new searcher my_searcher
grep -q 'my_searcher: File exists' log || { cat log; fail "overwriting: message"; }
refused nasvec new searcher My-Searcher
grep -q "no name for a plugin" log || fail "bad name: message"
refused nasvec new sercher x
grep -q "did you mean 'searcher'" log || fail "bad kind: message"
refused nasvec new searcher x "$work/no/such/folder"
[ ! -e x ] || fail "a folder is left behind"
sed -i 's/#define NV_ABI .*/#define NV_ABI 99u/' "$prefix/include/nasvec/plugin.h"
touch my_searcher/my_searcher.c
quietly cmake --build my_searcher/build
refused nasvec check my_searcher/build/my_searcher.so
grep -q "refused: abi is 99, this nasvec has 1" log || { cat log; fail "other ABI: message"; }
say "done"
