#!/usr/bin/env bash
# A real Kubernetes of a few nodes on one machine, for tests: control plane, kubelets and containers, each node in a
# network namespace of its own. Nothing of it can be reached from the machine's network.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

usage() {
  cat <<'END'
usage: tests/kubernetes/cluster.sh COMMAND

  build           Kubernetes from its Go modules, and a small DNS server: eight minutes on two cores, and 6 GB, once
  up N            starts a cluster with N nodes (0: a control plane that checks what it is given)
  load TAR...     puts images (docker-archive) on every node
  kubectl ARG...  as its administrator
  fake N          N nodes more that only say that they run what they are given (kwok), tainted; 0 removes them
  down            stops all of it, and leaves nothing behind

Needs root, Go 1.24 or newer, and of Debian: etcd-server containerd runc containernetworking-plugins buildah iptables
iproute2 openssl (scripts/install-deps.sh kubernetes). Folder: build/kubernetes, or HOPCOST_KUBERNETES.
END
}

readonly version=1.34.4
readonly kwok_version=0.7.0
home=${HOPCOST_KUBERNETES:-$HOPCOST_ROOT/build/kubernetes}
readonly home bin=$home/bin-$version run=$home/run keys=$home/run/keys
readonly control=hopcost-k8s # its network namespace; those of nodes are hopcost-k8s-N
# What only nodes and pods see: between machine and nodes, of pods, of services, of the API server.
readonly node_net=10.97 pod_net=10.98 service_net=10.96 api=10.99.0.1

as_admin() { inside "$control" "$bin/kubectl" --kubeconfig "$run/admin.kubeconfig" "$@"; }

make_authority() {
  mkdir -p "$keys"
  openssl genrsa -out "$keys/ca.key" 2048 2>/dev/null
  openssl req -x509 -new -key "$keys/ca.key" -subj /CN=hopcost-test -days 2 -out "$keys/ca.crt"
  openssl genrsa -out "$keys/accounts.key" 2048 2>/dev/null
  openssl rsa -in "$keys/accounts.key" -pubout -out "$keys/accounts.pub" 2>/dev/null
}

make_certificate() { # NAME SUBJECT USAGES [ALTERNATIVE NAMES]
  openssl genrsa -out "$keys/$1.key" 2048 2>/dev/null
  openssl req -new -key "$keys/$1.key" -subj "$2" -out "$keys/$1.csr"
  printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=%s\n%s\n' "$3" "${4:+subjectAltName=$4}" \
    >"$keys/$1.ext"
  openssl x509 -req -in "$keys/$1.csr" -CA "$keys/ca.crt" -CAkey "$keys/ca.key" -CAcreateserial -days 2 \
    -extfile "$keys/$1.ext" -out "$keys/$1.crt" 2>/dev/null
}

make_kubeconfig() { # NAME SERVER: of the certificate of that name
  local config=("$bin/kubectl" config --kubeconfig "$run/$1.kubeconfig")
  "${config[@]}" set-cluster test --server "$2" --certificate-authority "$keys/ca.crt" --embed-certs >/dev/null
  "${config[@]}" set-credentials user --client-certificate "$keys/$1.crt" --client-key "$keys/$1.key" --embed-certs \
    >/dev/null
  "${config[@]}" set-context test --cluster test --user user >/dev/null
  "${config[@]}" use-context test >/dev/null
}

start_control_plane() {
  ip netns add "$control"
  inside "$control" ip link set lo up
  # An address of its own that needs no partner: the other end of the pair stays where it is.
  inside "$control" ip link add api0 type veth peer name api1
  inside "$control" ip addr add "$api/24" dev api0
  inside "$control" ip link set api0 up
  inside "$control" ip link set api1 up
  inside "$control" ip route add default dev api0
  inside "$control" sysctl -qw net.ipv4.ip_forward=1
  make_authority
  make_certificate apiserver /CN=kube-apiserver serverAuth \
    "IP:127.0.0.1,IP:$api,IP:$service_net.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
  make_certificate admin /O=system:masters/CN=admin clientAuth
  make_kubeconfig admin https://127.0.0.1:6443
  start "$control" etcd etcd --data-dir "$run/etcd" --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
  start "$control" apiserver "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --advertise-address "$api" \
    --secure-port 6443 --tls-cert-file "$keys/apiserver.crt" --tls-private-key-file "$keys/apiserver.key" \
    --client-ca-file "$keys/ca.crt" --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$keys/accounts.pub" --service-account-signing-key-file "$keys/accounts.key" \
    --kubelet-client-certificate "$keys/admin.crt" --kubelet-client-key "$keys/admin.key" \
    --kubelet-certificate-authority "$keys/ca.crt" --kubelet-preferred-address-types InternalIP \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --service-cluster-ip-range "$service_net.0.0/16" --allow-privileged
  await 60 'the API server' as_admin get --raw /readyz
  start "$control" controllers "$bin/kube-controller-manager" --kubeconfig "$run/admin.kubeconfig" \
    --service-account-private-key-file "$keys/accounts.key" --root-ca-file "$keys/ca.crt" --leader-elect=false \
    --use-service-account-credentials --pvclaimbinder-sync-period 1s --kube-api-qps 300 --kube-api-burst 600
  start "$control" scheduler "$bin/kube-scheduler" --kubeconfig "$run/admin.kubeconfig" --leader-elect=false \
    --kube-api-qps 300 --kube-api-burst 600
  printf 'cluster.local:53 {\n bind %s\n errors\n ready 127.0.0.1:8181\n kubernetes cluster.local {\n  kubeconfig %s test\n }\n cache 5\n}\n' \
    "$api" "$run/admin.kubeconfig" >"$run/Corefile"
  start "$control" dns "$bin/coredns" -conf "$run/Corefile"
  await 60 'the default service account' as_admin get serviceaccount default
}

# The node's link to the control plane, which routes between nodes.
connect_node() { # INDEX
  local name=$control-$1
  ip netns add "$name"
  inside "$control" ip link add "node$1" type veth peer name eth0 netns "$name"
  inside "$control" ip addr add "$node_net.$1.1/24" dev "node$1"
  inside "$control" ip link set "node$1" up
  inside "$control" ip route add "$pod_net.$1.0/24" via "$node_net.$1.2" 2>/dev/null || true
  inside "$name" ip link set lo up
  inside "$name" ip addr add "$node_net.$1.2/24" dev eth0
  inside "$name" ip link set eth0 up
  inside "$name" ip route add default via "$node_net.$1.1"
  inside "$name" sysctl -qw net.ipv4.ip_forward=1
  inside "$control" ip route replace "$pod_net.$1.0/24" via "$node_net.$1.2"
}

write_node_files() { # INDEX FOLDER
  local index=$1 folder=$2
  mkdir -p "$folder/cni"
  jq --null-input --arg subnet "$pod_net.$index.0/24" --arg data "$folder/ipam" '{cniVersion: "0.4.0", name: "pods",
    plugins: [{type: "bridge", bridge: "cni0", isGateway: true, hairpinMode: true,
               ipam: {type: "host-local", ranges: [[{subnet: $subnet}]], routes: [{dst: "0.0.0.0/0"}], dataDir: $data}},
              {type: "portmap", capabilities: {portMappings: true}}]}' >"$folder/cni/10-pods.conflist"
  cat >"$folder/containerd.toml" <<END
version = 2
root = "$folder/containerd"
state = "$folder/containerd-run"
[grpc]
  address = "$folder/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      BinaryName = "/usr/sbin/runc"
END
  echo "nameserver $api" >"$folder/resolv.conf"
  cat >"$folder/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $keys/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $keys/node-$index.crt
tlsPrivateKeyFile: $keys/node-$index.key
containerRuntimeEndpoint: unix://$folder/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$control-$index
failSwapOn: false
failCgroupV1: false
oomScoreAdj: 0
maxOpenFiles: 20000
resolvConf: $folder/resolv.conf
clusterDomain: cluster.local
clusterDNS: [$api]
evictionHard: {memory.available: 100Mi, nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%"}
imageGCHighThresholdPercent: 100
podLogsDir: $folder/podlogs
volumePluginDir: $folder/volume-plugins
END
  cat >"$folder/proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $run/admin.kubeconfig.nodes}
hostnameOverride: node-$index
mode: iptables
clusterCIDR: $pod_net.0.0/16
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
END
}

# cgroups of version 1 have a folder a controller; the node's are below one of its own in each.
make_cgroups() { # NAME
  local controller file
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    mkdir -p "/sys/fs/cgroup/$1"
    return
  fi
  for controller in /sys/fs/cgroup/*/; do mkdir -p "$controller$1"; done
  for file in cpus mems; do
    if [[ -e /sys/fs/cgroup/cpuset/cpuset.$file ]]; then
      cat "/sys/fs/cgroup/cpuset/cpuset.$file" >"/sys/fs/cgroup/cpuset/$1/cpuset.$file"
    fi
  done
}

start_node() { # INDEX
  local index=$1 name=$control-$1 folder=$run/node-$1
  connect_node "$index"
  make_certificate "node-$index" "/O=system:nodes/CN=system:node:node-$index" clientAuth,serverAuth \
    "IP:$node_net.$index.2,DNS:node-$index"
  make_kubeconfig "node-$index" "https://$api:6443"
  (umask 077 && sed "s#https://127.0.0.1:6443#https://$api:6443#" "$run/admin.kubeconfig" >"$run/admin.kubeconfig.nodes")
  write_node_files "$index" "$folder"
  make_cgroups "$control-$index"
  start "$name" "containerd-$index" containerd -c "$folder/containerd.toml"
  await 20 containerd ctr -a "$folder/containerd.sock" version
  start "$name" "kubelet-$index" "$bin/kubelet" --config "$folder/kubelet.yaml" \
    --kubeconfig "$run/node-$index.kubeconfig" --hostname-override "node-$index" --node-ip "$node_net.$index.2" \
    --root-dir "$folder/kubelet" --cert-dir "$folder/kubelet/pki"
  start "$name" "proxy-$index" "$bin/kube-proxy" --config "$folder/proxy.yaml"
}

# What holds a pod's namespaces: it waits, and ends when it is told to.
pause_image() {
  local folder=$home/pause
  if [[ -s $folder/pause.tar ]]; then return; fi
  mkdir -p "$folder"
  cc -static -O2 -x c - -o "$folder/pause" <<'END'
#include <signal.h>
#include <unistd.h>
static void end(int number) { (void)number; _exit(0); }
int main(void) {
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, SIG_IGN); /* where containers share its processes, it is their init */
  for (;;) pause();
}
END
  printf 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n' >"$folder/Dockerfile"
  buildah bud --isolation chroot --quiet -t localhost/pause:1 "$folder" >/dev/null
  buildah push --quiet localhost/pause:1 "docker-archive:$folder/pause.tar:localhost/pause:1"
}

has_nodes() { (($(as_admin get nodes --no-headers | wc -l) >= $1)); }

up() {
  local index
  if [[ -e /run/netns/$control ]]; then die 75 "there is one already: tests/kubernetes/cluster.sh down"; fi
  mkdir -p "$run/log" "$run/pids"
  start_control_plane
  for ((index = 1; index <= $1; ++index)); do start_node "$index"; done
  if (($1 > 0)); then
    pause_image
    load "$home/pause/pause.tar"
    await 60 'the nodes' has_nodes "$1"
    as_admin wait --for=condition=Ready node --all --timeout 60s >/dev/null
  fi
}

load() {
  local socket importers=() importer
  for socket in "$run"/node-*/containerd.sock; do
    printf '%s\0' "$@" | xargs -0 -n1 ctr -a "$socket" -n k8s.io images import >/dev/null &
    importers+=($!)
  done
  for importer in "${importers[@]}"; do wait "$importer" || die 69 "an image is not on every node"; done
}

fake() {
  local index
  if (($1 == 0)); then
    as_admin delete nodes --selector type=kwok >/dev/null
    stop kwok
    return
  fi
  start "$control" kwok "$bin/kwok" --kubeconfig "$run/admin.kubeconfig" --manage-all-nodes=false \
    --manage-nodes-with-annotation-selector kwok.x-k8s.io/node=fake
  for ((index = 1; index <= $1; ++index)); do
    jq --null-input --arg name "fake-$index" --arg zone "zone-$((index % 4))" '{apiVersion: "v1", kind: "Node",
      metadata: {name: $name, annotations: {"kwok.x-k8s.io/node": "fake"},
        labels: {type: "kwok", "kubernetes.io/hostname": $name, "topology.kubernetes.io/zone": $zone}},
      spec: {taints: [{key: "kwok.x-k8s.io/node", value: "fake", effect: "NoSchedule"}]},
      status: {allocatable: {cpu: "32", memory: "256Gi", pods: "110"}, capacity: {cpu: "32", memory: "256Gi", pods: "110"}}}'
  done | jq --slurp '{apiVersion: "v1", kind: "List", items: .}' | as_admin apply --filename - >/dev/null
  as_admin wait --for=condition=Ready node --selector type=kwok --timeout 60s >/dev/null
}

down() {
  local name
  if [[ ! -e $run && ! -e /run/netns/$control ]]; then return; fi
  stop 'kubelet-*' 'proxy-*' kwok dns scheduler controllers apiserver etcd
  end_containers
  stop 'containerd-*'
  awk -v below="$run/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n1 umount --lazy || true
  for name in $(ip netns list | awk -v ours="$control" '$1 == ours || index($1, ours "-") == 1 { print $1 }'); do
    ip netns delete "$name"
  done
  find /sys/fs/cgroup -depth -type d -path "*/$control-*" -exec rmdir {} + 2>/dev/null || true
  # Folders of the kubelet's that no option moves.
  find /var/log/containers -lname "$run/*" -delete 2>/dev/null || true
  if ! pgrep -x kubelet >/dev/null; then
    rm -f /var/lib/kubelet/device-plugins/kubelet.sock
    rmdir --ignore-fail-on-non-empty /var/log/containers /var/lib/kubelet/device-plugins /var/lib/kubelet 2>/dev/null || true
  fi
  rm -rf "$run"
}

main() {
  local command=${1:-}
  case $command in
    build | down) "$command" ;;
    up | fake) "$command" "${2:?how many?}" ;;
    load) load "${@:2}" ;;
    kubectl) as_admin "${@:2}" ;;
    -h | --help) usage ;;
    *) usage_error "unknown command '$command'" ;;
  esac
}

main "$@"
