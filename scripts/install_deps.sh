# Sourced by quickstart.sh and test.sh: what both need of a Debian 12 machine.

# NASVEC_DATA may be relative to the folder that the script was started from: call this before cd.
keep_data_folder () {
  if [ -n "${NASVEC_DATA:-}" ] && [ -d "$NASVEC_DATA" ]; then
    NASVEC_DATA=$(CDPATH='' cd -- "$NASVEC_DATA" && pwd)
    export NASVEC_DATA
  fi
}

# Installs those of the packages named that are missing. Elsewhere than on Debian, cmake says what
# is missing.
install_packages () {
  command -v dpkg-query >/dev/null || return 0
  missing=
  for package in "$@"; do
    # A line for each architecture that the package is there for.
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed \
      || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  echo "installing$missing"
  $as_root apt-get update -qq
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing >/dev/null
}

install_build_deps () {
  install_packages gcc libc6-dev cmake ninja-build pkg-config libglib2.0-dev libjson-glib-dev \
    libsqlite3-dev liblua5.4-dev libopenblas-dev liblapacke-dev zlib1g-dev libnauty2-dev libcairo2-dev \
    libgraphviz-dev libprotobuf-c-dev protobuf-c-compiler libdnnl-dev dataset-fashion-mnist
}
