# Sourced by quickstart.sh and test.sh: what both need of a Debian 12 machine.

# Installs those of the packages named that are missing. Elsewhere than on Debian, cmake says what
# is missing.
install_packages () {
  command -v dpkg-query >/dev/null || return 0
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) missing="$missing $package" ;;
    esac
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
