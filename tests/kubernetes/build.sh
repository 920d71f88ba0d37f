# shellcheck shell=bash disable=SC2154  # what is named here is cluster.sh's
# What cluster.sh builds: Kubernetes out of its Go modules, and what goes with it.

# The modules inside of Kubernetes are replaced by their published releases: v1.34.4 goes with v0.34.4 of each.
write_go_module() {
  local source=$1
  {
    echo 'module hopcost.test/kubernetes'
    grep -E '^(go|godebug) ' "$source/go.mod"
    echo "require k8s.io/kubernetes v$version"
    sed -n '/^require (/,/^)/p' "$source/go.mod" | sed -E "s/ v0\.0\.0( |$)/ v0.${version#1.}\1/"
    echo 'replace ('
    sed -nE "s#^\s*(k8s.io/[a-z0-9-]+) => \./staging.*#\1 => \1 v0.${version#1.}#p" "$source/go.mod"
    echo ')'
  } >go.mod
  install -m 644 "$source/go.sum" go.sum
}

build_dns() {
  local plugin
  mkdir -p "$home/build/dns"
  cd "$home/build/dns" || return
  printf 'module hopcost.test/dns\ngo 1.24.0\nrequire github.com/coredns/coredns v1.13.1\n' >go.mod
  {
    echo 'package main'
    echo 'import ('
    for plugin in bind cache errors kubernetes ready; do echo "_ \"github.com/coredns/coredns/plugin/$plugin\""; done
    echo '"github.com/coredns/coredns/coremain"'
    echo ')'
    echo 'func main() { coremain.Run() }'
  } >main.go
  go mod tidy
  go build -ldflags '-s -w' -o "$bin/coredns" .
}

build() {
  local source name flags='-s -w' package
  export CGO_ENABLED=0 GOFLAGS='-mod=mod -buildvcs=false -trimpath' GOCACHE=$home/go-build GOMODCACHE=$home/go-mod
  mkdir -p "$bin" "$home/build/kubernetes"
  cd "$home/build/kubernetes" || return
  source=$(go mod download -json "k8s.io/kubernetes@v$version" | jq --raw-output .Dir)
  write_go_module "$source"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=1 -X $package.gitMinor=34"
    flags+=" -X $package.gitTreeState=archive -X $package.gitCommit=module -X $package.buildDate=2026-01-01T00:00:00Z"
  done
  for name in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    [[ -x $bin/$name ]] || timed "$name" go build -ldflags "$flags" -o "$bin/$name" "k8s.io/kubernetes/cmd/$name"
  done
  python3 "$HOPCOST_ROOT/tests/kubernetes/schemas.py" "$source/api/openapi-spec/swagger.json" "$home/schemas-$version"
  [[ -x $bin/kubeconform ]] || GOBIN=$bin timed kubeconform go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
  [[ -x $bin/kwok ]] || GOBIN=$bin timed kwok go install "sigs.k8s.io/kwok/cmd/kwok@v$kwok_version"
  [[ -x $bin/coredns ]] || timed coredns build_dns
}
