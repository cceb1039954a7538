#!/usr/bin/env bash
# Capsules, told by the unmodified Zun client of Debian: create, list, show and delete, with members that share a network.
# Against the cloud that the environment's OS_* name (default: OS_CLOUD=hydria), which is started first and purged
# afterwards when it does not run. Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=cp$$
. "$here/test/conformance/steps.sh"

leftovers() {
  printf '%s\n' 'capsule list' 'appcontainer list' 'security group list' | clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

status() { os capsule show -f value -c status "$1"; }
becomes() { [ "$(status "$1")" = "$2" ]; }
shows() { os capsule show -f json "$1" >"$work/capsule"; }

# member NUMBER: the id of a member of the capsule that was shown last.
member() {
  /usr/bin/python3 - "$work/capsule" "$1" <<'PY'
import json, sys
print(json.load(open(sys.argv[1]))["containers"][int(sys.argv[2])]["uuid"])
PY
}

inside() { os appcontainer exec "$(member 1)" "$@"; }

cat >"$work/pod.yaml" <<YAML
kind: capsule
capsuleVersion: beta
metadata:
  name: $tag-pod
  labels: { app: $tag }
  annotations: { note: conformance }
spec:
  restartPolicy: Always
  initContainers:
    - image: busybox
      command: [sh, -c, sleep 1]
      resources: { requests: { cpu: 0.5, memory: 64 } }
  containers:
    - image: hello
      ports: [{ containerPort: 80, hostPort: 80, protocol: TCP }]
      resources: { requests: { cpu: 0.5, memory: 64 } }
    - image: busybox
      command: [sh, -c]
      args: [sleep 3600]
      env: { GREETING: $tag }
      resources: { requests: { cpu: 0.5, memory: 64 } }
YAML
printf 'kind: capsule\nmetadata: {}\nspec: { containers: [] }\n' >"$work/bad.yaml"

creating() {
  made+=("capsule delete $tag-pod")
  check 'capsule create' os capsule create --file "$work/pod.yaml"
  check 'and it becomes Running' eventually becomes "$tag-pod" Running
  says 'capsule list' "$tag-pod" os capsule list -f value -c name
  check 'capsule show' shows "$tag-pod"
  says 'its cpu and memory are those of its members' '1.0 *128' \
    bash -c "/usr/bin/python3 -c 'import json, sys; c = json.load(open(sys.argv[1])); print(float(c[\"cpu\"]), c[\"memory\"])' $work/capsule"
  says 'its ports are let in by a group of its own' zun- os security group list -f value -c Name
  check 'its members are not among the containers' fails listed "$(member 0)"
  check 'a template that is none is refused' fails os capsule create --file "$work/bad.yaml"
}
listed() { os appcontainer list -f value -c uuid | grep -q -- "$1"; }

members() {
  says 'a member finds the other on localhost' 'Hello from Hydria' inside wget -q -O - http://127.0.0.1/
  says 'and has its environment' "$tag" inside sh -c export
  says 'but is not stopped by itself' 'is a member of capsule' os appcontainer stop "$(member 1)"
}

deleting() {
  check 'capsule delete' os capsule delete "$tag-pod"
  check 'and it is gone' eventually fails status "$tag-pod"
  says 'a capsule that is not there cannot be shown' 'could not be found' fails os capsule show "$tag-none"
}

trap finish EXIT
need_client python3-openstackclient python3-zunclient
need_cloud
creating
members
deleting
