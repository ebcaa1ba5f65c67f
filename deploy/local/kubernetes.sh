# shellcheck shell=bash
# The Kubernetes API that tests use: etcd and kube-apiserver, built from their Go modules as tests/kubernetes/control_plane says, kept in a
# cache outside the tree. What building needs (modules, a Go toolchain where the system's is too old) is removed once they are there.

KUBERNETES_MODULE=$HEADWAY_ROOT/tests/kubernetes/control_plane
GO_VERSION=1.26.8 # where the system's Go is older than the modules need

kubernetes_folder() { echo "$HEADWAY_CACHE/kubernetes-$(cat "$KUBERNETES_MODULE/go.mod" "$KUBERNETES_MODULE/go.sum" | sha256sum | cut -c1-16)"; }

kubernetes_is_built() { [[ -x $1/etcd && -x $1/kube-apiserver ]]; }

# go_suffices GO: whether it is no older than the modules need.
go_suffices() {
  local needed found
  needed=$(sed -n 's/^go //p' "$KUBERNETES_MODULE/go.mod")
  found=$(GOTOOLCHAIN=local "$1" version 2>/dev/null | sed -nE 's/^go version go([0-9.]+).*/\1/p')
  [[ -n $found && $(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1) == "$needed" ]]
}

# find_go FOLDER: GO is one that suffices. Any Go, Debian's too, can fetch a later one as a module, checked against Go's checksum database.
find_go() {
  local folder=$1 architecture log=$1/toolchain.log
  GO=$(command -v go || true)
  if [[ -z $GO ]]; then
    require_packages golang-go
    GO=$(command -v go)
  fi
  if go_suffices "$GO"; then return; fi
  architecture=$(dpkg --print-architecture)
  say "Fetching Go $GO_VERSION"
  mkdir -p "$folder/empty"
  # GOFLAGS is set so that the folder can be removed again: modules are read-only otherwise.
  if ! (cd "$folder/empty" && GOFLAGS=-modcacherw GOMODCACHE=$folder/modules "$GO" mod download "golang.org/toolchain@v0.0.1-go$GO_VERSION.linux-$architecture") >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "Go $GO_VERSION could not be fetched" "the Go module proxy must be reachable; or install Go $GO_VERSION or later yourself"
  fi
  folder=$folder/modules/golang.org/toolchain@v0.0.1-go$GO_VERSION.linux-$architecture
  chmod +x "$folder"/bin/* "$folder"/pkg/tool/*/* # what comes as a module is not executable
  GO=$folder/bin/go
}

# go_build FOLDER PROGRAM PACKAGE
go_build() {
  local folder=$1 program=$2 package=$3 log=$1/$2.log
  if ! (cd "$KUBERNETES_MODULE" && unset GOROOT GOOS GOARCH &&
    CGO_ENABLED=0 GOFLAGS='-mod=readonly -modcacherw -trimpath -buildvcs=false' GOWORK=off GOTOOLCHAIN=local \
      GOMODCACHE=$folder/modules GOCACHE=$folder/cache "$GO" build -v -ldflags='-s -w' -o "$folder/$program" "$package") 2>&1 |
    tee "$log" | show_packages; then
    tail -n 20 "$log" >&2
    die "$program could not be built" "the whole log: $log" "the Go module proxy must be reachable"
  fi
}

# One line for each 200 packages: it takes minutes.
show_packages() { awk '!/^go: / && ++n % 200 == 0 { printf "    %d packages\n", n; fflush() }'; }

# require_kubernetes: builds what is missing. One at a time; what was interrupted goes on where it was.
require_kubernetes() {
  local folder building=$HEADWAY_CACHE/kubernetes-building started=$SECONDS GO
  folder=$(kubernetes_folder)
  if kubernetes_is_built "$folder"; then return; fi
  mkdir -p "$building" 2>/dev/null || die "cannot create $building" "set HEADWAY_CACHE to a folder that you may write to"
  exec 8>"$HEADWAY_CACHE/kubernetes.lock"
  flock 8
  if ! kubernetes_is_built "$folder"; then
    find_go "$building"
    say "Building etcd and kube-apiserver for the tests, once"
    go_build "$building" etcd go.etcd.io/etcd/server/v3
    go_build "$building" kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
    mkdir -p "$folder"
    mv "$building/etcd" "$building/kube-apiserver" "$folder/"
    rm -rf "$building"
    note "built in $((SECONDS - started)) s, $(du -sm "$folder" | cut -f1) MB in $folder"
  fi
  exec 8>&-
}
