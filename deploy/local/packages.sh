# shellcheck shell=bash
# Debian packages: what is needed, what is missing, how it comes.

BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config
  protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libgrpc++-dev libabsl-dev
  libboost-dev libpqxx-dev libssl-dev libspdlog-dev prometheus-cpp-dev zlib1g-dev libgit2-dev nlohmann-json3-dev libcli11-dev
  libre2-dev libcurl4-openssl-dev libyaml-cpp-dev libsimdjson-dev
  libgtest-dev libgmock-dev python3
)
RUN_PACKAGES=(postgresql tzdata)
# chromium is the browser that tests use.
# clang with its sanitizers builds the fuzz targets; llvm names the lines in what they find.
# openssl makes the keys of test clusters.
TEST_PACKAGES=(git clang-format shellcheck clang libclang-rt-14-dev llvm chromium openssl)

missing_packages() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null) != ii* ]]; then echo "$package"; fi
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@" # asks on the terminal
  else
    sudo -n "$@"
  fi
}

# apt_install PACKAGE...
apt_install() {
  local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  # Lists that are missing or old make the first attempt fail: then they are fetched.
  "${apt[@]}" install -y --no-install-recommends "$@" || { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; }
}

# require_packages PACKAGE...: installs what is missing.
require_packages() {
  command -v dpkg-query >/dev/null || die "this is no Debian system" \
    "./headway is made for Debian 12; elsewhere install the equivalents of: $*" \
    "and build with: cmake --preset release && cmake --build --preset release"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi
  local log advice="as root: apt-get install --no-install-recommends ${missing[*]}"
  if ((EUID != 0)) && ! { command -v sudo >/dev/null && as_root true; }; then
    die "these packages are missing: ${missing[*]}" "$advice"
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  log=$(mktemp)
  if ! without_system_cluster apt_install "${missing[@]}" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "the packages could not be installed" "$advice"
  fi
  rm -f "$log"
}

# Debian starts a PostgreSQL server of its own when the package is installed. Nobody asked for one here.
without_system_cluster() {
  local folder=/etc/postgresql-common/createcluster.d status=0
  if [[ -d /etc/postgresql-common ]]; then # it was there before
    "$@"
    return
  fi
  as_root mkdir -p "$folder"
  echo 'create_main_cluster = false' | as_root tee "$folder/headway.conf"
  "$@" || status=$?
  as_root rm -f "$folder/headway.conf"
  return "$status"
}
