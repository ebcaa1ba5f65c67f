# shellcheck shell=bash
# The yarn workspace in backstage-plugin/: its packages, its builds.

WORKSPACE=$HEADWAY_ROOT/backstage-plugin

# workspace_yarn ARGUMENT...: the committed yarn, with its cache outside the tree. In the current folder. Node knows only the authorities
# that came with it: those of the system, where a company's own may be, are added.
workspace_yarn() {
  NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} \
    YARN_GLOBAL_FOLDER=$HEADWAY_CACHE/yarn YARN_ENABLE_TELEMETRY=0 node "$(find "$WORKSPACE/.yarn/releases" -name 'yarn-*.cjs' | sort -V | tail -n 1)" "$@"
}

# logged LOG WHAT COMMAND...: shows the end of the log where the command fails.
logged() {
  local log=$1 what=$2
  shift 2
  if ! "$@" >"$log" 2>&1; then
    grep -vE 'YN00(02|60|86|13|05|07)' "$log" | tail -n 20 >&2
    die "$what" "the whole log: $log"
  fi
}

workspace_lock_key() { (cd "$WORKSPACE" && sha256sum yarn.lock package.json .yarnrc.yml packages/*/package.json plugins/*/package.json | sha256sum | cut -c1-32); }

# Installs what the lockfile says. One at a time, and only where something has changed.
require_workspace() {
  require_node
  local done_file=$WORKSPACE/node_modules/.headway-installed started=$SECONDS
  mkdir -p "$HEADWAY_ROOT/build"
  exec 8>"$HEADWAY_ROOT/build/workspace.lock"
  flock 8
  if [[ $(cat "$done_file" 2>/dev/null) != "$(workspace_lock_key)" ]]; then
    say "Installing the packages of backstage-plugin"
    cd "$WORKSPACE" || exit 1
    logged "$HEADWAY_ROOT/build/yarn-install.log" "the packages of backstage-plugin could not be installed" workspace_yarn install --immutable
    workspace_lock_key >"$done_file"
    note "installed in $((SECONDS - started)) s"
  fi
  exec 8>&-
}

# Of everything that the built portal is made from: neither documents nor what only tests and the sandbox use, nor what installing and building leave.
workspace_fingerprint() {
  (cd "$WORKSPACE" && find . \( -name node_modules -o -name dist -o -name dist-types -o -name coverage -o -name .cache \
    -o -name docs -o -name dev -o -name e2e -o -name testing -o -name scripts \) -prune \
    -o -type f ! -name '*.md' ! -name '*.test.*' ! -name '.*ignore' \
    ! -name install-state.gz ! -name '*.tsbuildinfo' -print0 |
    sort -z | xargs -0 sha256sum && echo "$NODE_VERSION") | sha256sum | cut -c1-32
}
