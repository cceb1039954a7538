#!/usr/bin/env bash
# Orchestration, told by the unmodified Heat client of Debian, command by command: stacks, their resources, events, outputs and
# snapshots, the language, software for servers. Against the cloud that the environment's OS_* name (default: OS_CLOUD=hydria), which
# is started first and purged afterwards when it does not run. Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=st$$
. "$here/test/conformance/steps.sh"

leftovers() {
  printf '%s\n' 'stack list' 'software config list' | clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

state() { os stack show -f value -c stack_status "$1"; }
is() { [ "$(state "$1")" = "$2" ]; }

cat >"$work/pair.yaml" <<'YAML'
heat_template_version: 2018-08-31
description: Two that hang together
parameters:
  length: { type: number, default: 8, constraints: [{ range: { min: 1, max: 64 } }] }
  hidden: { type: string, hidden: true, default: hush }
resources:
  random: { type: OS::Heat::RandomString, properties: { length: { get_param: length } }, metadata: { colour: red } }
  other: { type: OS::Heat::TestResource, properties: { value: { get_resource: random }, wait_secs: 0.1 } }
outputs:
  it: { description: The text, value: { get_attr: [other, output] } }
  file: { value: { get_file: note.txt } }
YAML
echo 'a note' >"$work/note.txt"
echo 'parameters: { length: 12 }' >"$work/env.yaml"
sed 's/RandomString/NoSuchThing/' "$work/pair.yaml" >"$work/unknown.yaml"
cat >"$work/slow.yaml" <<'YAML'
heat_template_version: 2018-08-31
resources:
  slow: { type: OS::Heat::TestResource, properties: { action_wait_secs: { create: 600, update: 600 } } }
YAML
cat >"$work/broken.yaml" <<'YAML'
heat_template_version: 2018-08-31
resources:
  broken: { type: OS::Heat::TestResource, properties: { fail: true } }
YAML

one=$tag-one

creating() {
  check 'stack create --dry-run' os stack create --dry-run -t "$work/pair.yaml" "$one"
  check 'and nothing is made' fails os stack show "$one"
  made+=("stack delete --yes --wait $one")
  check 'stack create --wait' os stack create --wait --timeout 5 --tags a,b -t "$work/pair.yaml" -e "$work/env.yaml" "$one"
  says 'stack show' CREATE_COMPLETE os stack show "$one"
  says 'with what is hidden hidden' '\*\*\*\*\*\*' os stack show -f json -c parameters "$one"
  says 'stack list' "$one" os stack list
  says 'stack list --long' "$one" os stack list --long --property name="$one"
  says 'stack list by tags, order and page' "$one" os stack list --tags a --sort stack_name:asc --limit 5
  check 'a name that is taken is refused' fails os stack create -t "$work/pair.yaml" "$one"
  says 'a template with an unknown type is refused' NoSuchThing fails os stack create -t "$work/unknown.yaml" "$tag-bad"
}

contents() {
  says 'stack template show' 'Two that hang together' os stack template show "$one"
  says 'stack environment show' 'length: 12' os stack environment show "$one"
  says 'stack file list' 'a note' os stack file list "$one"
  says 'stack output list' it os stack output list "$one"
  says 'stack output show' 'a note' os stack output show "$one" file
  says 'stack output show --all' 'The text' os stack output show --all "$one"
  says 'stack resource list' random os stack resource list "$one"
  says 'stack resource list, by filter and depth' other os stack resource list -n 2 --long --filter name=other "$one"
  says 'stack resource show' CREATE_COMPLETE os stack resource show --with-attr output "$one" other
  says 'stack resource metadata' red os stack resource metadata "$one" random
  says 'stack resource signal to what does not listen' 'not supported' fails os stack resource signal "$one" other
  says 'stack event list' CREATE_COMPLETE os stack event list "$one"
  says 'stack event list of a resource' random os stack event list --resource random --limit 1 "$one"
  says 'stack event list, nested' "$one" os stack event list --nested-depth 2 -f value -c stack_name "$one"
  event=$(os stack event list --resource random --limit 1 -f json "$one" |
    /usr/bin/python3 -c 'import json, sys; [row] = json.load(sys.stdin); print(row.get("id") or row.get("ID") or "")')
  says 'stack event show' RandomString os stack event show "$one" random "$event"
  check 'stack failures list' os stack failures list "$one"
}

changing() {
  says 'stack update --dry-run' replaced os stack update --dry-run -t "$work/pair.yaml" --parameter length=9 "$one"
  check 'stack update --wait' os stack update --wait -t "$work/pair.yaml" --parameter length=9 "$one"
  says 'and it is so' UPDATE_COMPLETE os stack show "$one"
  check 'stack update --existing' os stack update --wait --existing --parameter length=10 "$one"
  check 'stack update --existing --clear-parameter' os stack update --wait --existing --clear-parameter length "$one"
  check 'stack check --wait' os stack check --wait "$one"
  check 'stack suspend --wait' os stack suspend --wait "$one"
  check 'stack resume --wait' os stack resume --wait "$one"
  check 'stack resource mark unhealthy' os stack resource mark unhealthy "$one" other ill
  says 'and it is so' CHECK_FAILED os stack resource show "$one" other
  check 'stack resource mark unhealthy --reset' os stack resource mark unhealthy --reset "$one" other
  check 'stack update begins' os stack update -t "$work/slow.yaml" "$one"
  check 'stack cancel' os stack cancel --wait "$one"
  check 'and it is what it was' eventually is "$one" ROLLBACK_COMPLETE
}

keeping() {
  new snapshot ID stack snapshot create --name "$tag-snapshot" "$one"
  check 'and it is made' eventually is "$one" SNAPSHOT_COMPLETE
  says 'stack snapshot list' "$tag-snapshot" os stack snapshot list "$one"
  says 'stack snapshot show' COMPLETE os stack snapshot show "$one" "$snapshot"
  check 'stack snapshot restore' os stack snapshot restore "$one" "$snapshot"
  check 'and it is restored' eventually is "$one" RESTORE_COMPLETE
  check 'stack snapshot delete' os stack snapshot delete "$one" "$snapshot"
  check 'stack export' os stack export --output-file "$work/exported" "$one"
  check 'stack abandon' os stack abandon --output-file "$work/abandoned" "$one"
  check 'and it is forgotten' fails os stack show "$one"
  check 'stack adopt --wait' os stack adopt --wait --adopt-file "$work/abandoned" "$one"
  says 'and it is here again' ADOPT_COMPLETE os stack show "$one"
}

failing() {
  made+=("stack delete --yes $tag-broken")
  check 'a stack that fails' fails os stack create --wait -t "$work/broken.yaml" "$tag-broken"
  says 'stack failures list tells why' 'Test Resource failed' os stack failures list "$tag-broken"
  made+=("stack delete --yes $tag-slow")
  check 'a stack that takes its time' os stack create -t "$work/slow.yaml" "$tag-slow"
  check 'stack cancel --no-rollback' os stack cancel --no-rollback "$tag-slow"
  check 'and it has failed' eventually is "$tag-slow" CREATE_FAILED
  check 'stack delete --wait' os stack delete --yes --wait "$tag-slow" "$tag-broken"
  says 'stack list --deleted' "$tag-slow" os stack list --deleted
}

hooking() {
  local hooked=$tag-hooked
  made+=("stack delete --yes $hooked")
  check 'stack create --pre-create' os stack create --pre-create random -t "$work/pair.yaml" "$hooked"
  says 'stack hook poll' random eventually polled "$hooked"
  check 'stack hook clear of another is refused' fails os stack hook clear --pre-update "$hooked" random
  check 'stack hook clear' os stack hook clear "$hooked" random
  check 'and it is made' eventually is "$hooked" CREATE_COMPLETE
  check 'stack update --pre-update' os stack update --pre-update other -t "$work/pair.yaml" --parameter length=9 "$hooked"
  says 'stack hook poll' other eventually polled "$hooked"
  check 'stack hook clear by pattern' os stack hook clear "$hooked" 'o*r'
  check 'and it is changed' eventually is "$hooked" UPDATE_COMPLETE
  check 'stack delete --wait' os stack delete --yes --wait "$hooked"
}
polled() { os stack hook poll "$1" | grep paused; }

# A server that is there already is told what to do, and tells how it went.
deploying() {
  cat >"$work/deploy.yaml" <<'YAML'
heat_template_version: 2018-08-31
resources:
  machine: { type: OS::Heat::DeployedServer }
  config: { type: OS::Heat::SoftwareConfig, properties: { group: script, config: echo, outputs: [{ name: said }] } }
  done: { type: OS::Heat::SoftwareDeployment, properties: { config: { get_resource: config }, server: { get_resource: machine } } }
outputs: { said: { value: { get_attr: [done, said] } } }
YAML
  local stack=$tag-deploy
  made+=("stack delete --yes $stack")
  check 'a stack with a software deployment' os stack create -t "$work/deploy.yaml" "$stack"
  says 'stack resource metadata of its server' deploy_signal_id eventually has_work "$stack"
  address=$(/usr/bin/python3 -c '
import json, sys
[sent] = json.load(open(sys.argv[1]))["deployments"]
print(next(one["value"] for one in sent["inputs"] if one["name"] == "deploy_signal_id"))' "$work/out")
  says 'the signed address takes what the server tells' 200 curl -s -o /dev/null -w '%{http_code}' \
    -H 'Content-Type: application/json' -d '{"said": "hello", "deploy_status_code": 0}' "$address"
  check 'and it is made' eventually is "$stack" CREATE_COMPLETE
  says 'stack output show of what it told' hello os stack output show "$stack" said
  check 'stack delete --wait' os stack delete --yes --wait "$stack"
}
has_work() { os stack resource metadata "$1" machine | grep deploy_signal_id; }

# What waits is told by the client, and a group of the old kind has members of what the environment says.
telling() {
  cat >"$work/wait.yaml" <<'YAML'
heat_template_version: 2018-08-31
resources:
  told: { type: OS::Heat::WaitConditionHandle }
  ready: { type: OS::Heat::WaitCondition, properties: { handle: { get_resource: told }, timeout: 600, count: 2 } }
outputs: { said: { value: { get_attr: [ready, data] } } }
YAML
  local stack=$tag-wait
  made+=("stack delete --yes $stack")
  check 'stack create --enable-rollback of what waits' os stack create --enable-rollback -t "$work/wait.yaml" "$stack"
  check 'its handle is there' eventually listens "$stack"
  echo '{"status": "SUCCESS", "id": "2", "data": "from a file"}' >"$work/signal"
  check 'stack resource signal --data' os stack resource signal --data '{"status": "SUCCESS", "id": "1"}' "$stack" told
  check 'stack resource signal --data-file' os stack resource signal --data-file "$work/signal" "$stack" told
  check 'and it is made' eventually is "$stack" CREATE_COMPLETE
  says 'with what it was told' 'from a file' os stack output show "$stack" said
  says 'stack event list as a log' 'SIGNAL_COMPLETE' os stack event list -f log "$stack"
  says 'stack resource list as a graph' 'digraph' os stack resource list -f dot "$stack"
  check 'stack update --rollback disabled' os stack update --wait --existing --rollback disabled "$stack"
  check 'stack delete --wait' os stack delete --yes --wait "$stack"
}
listens() { os stack resource show "$1" told -f value -c resource_status | grep -x CREATE_COMPLETE; }

scaling() {
  cat >"$work/member.yaml" <<'YAML'
heat_template_version: 2018-08-31
parameters: { ImageId: { type: string }, InstanceType: { type: string }, Tags: { type: json } }
resources: { it: { type: OS::Heat::TestResource, properties: { value: { get_param: InstanceType } } } }
outputs: { PublicIp: { value: { get_attr: [it, output] } } }
YAML
  cat >"$work/group.json" <<'JSON'
{ "HeatTemplateFormatVersion": "2012-12-12",
  "Resources": {
    "Conf": { "Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": { "ImageId": "hello", "InstanceType": "small" } },
    "Group": { "Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": { "AvailabilityZones": { "Fn::GetAZs": "" },
      "LaunchConfigurationName": { "Ref": "Conf" }, "MinSize": "1", "MaxSize": "3" } },
    "More": { "Type": "AWS::AutoScaling::ScalingPolicy", "Properties": { "AutoScalingGroupName": { "Ref": "Group" },
      "AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": "1" } } },
  "Outputs": { "List": { "Value": { "Fn::GetAtt": ["Group", "InstanceList"] } } } }
JSON
  echo "resource_registry: { 'OS::Heat::ScaledResource': member.yaml }" >"$work/group.yaml"
  local stack=$tag-group
  made+=("stack delete --yes $stack")
  check "stack create of CFN's scaling" os stack create --wait -t "$work/group.json" -e "$work/group.yaml" "$stack"
  check 'stack resource signal of its policy' os stack resource signal "$stack" More
  check 'and it has grown' eventually has_grown "$stack"
  says 'a type whose service is not there is told so' 'not available' fails \
    os stack create -t "$work/group.json" "$stack-alone" --wait
  made+=("stack delete --yes $stack-alone")
  check 'stack delete --wait' os stack delete --yes --wait "$stack"
}
has_grown() { os stack output show "$1" List -f value -c output_value | grep -x small,small; }

language() {
  says 'orchestration template validate' 'Two that hang' os orchestration template validate -t "$work/pair.yaml"
  check 'and of one with an unknown type' fails os orchestration template validate -t "$work/unknown.yaml"
  says 'orchestration template version list' 2021-04-16 os orchestration template version list
  says 'orchestration template function list' str_replace \
    os orchestration template function list --with_conditions heat_template_version.2018-08-31
  says 'orchestration resource type list' OS::Heat::RandomString os orchestration resource type list
  says 'and by name' OS::Heat::Value os orchestration resource type list --long --filter name=OS::Heat::V
  says 'orchestration resource type show' character_classes os orchestration resource type show OS::Heat::RandomString
  says 'and as a template' heat_template_version \
    os orchestration resource type show --template-type hot OS::Heat::RandomString
  says 'orchestration build info' hydria os orchestration build info
  says 'orchestration service list' heat-engine os orchestration service list
}

# made_raw VARIABLE NOUN… create ARGUMENT…: as `new`, for commands that print all columns, whichever are asked for.
made_raw() {
  local variable=$1 value=''
  shift
  value=$(os "$@" -f json 2>"$work/output" | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])') || true
  if [ -n "$value" ]; then ok "$1 $2 create"; else not_ok "$1 $2 create"; fi
  printf -v "$variable" %s "$value"
}

software() {
  echo 'echo hello' >"$work/script"
  printf 'inputs:\n- name: whom\noutputs:\n- name: greeting\n' >"$work/definition"
  made_raw config software config create --config-file "$work/script" --definition-file "$work/definition" \
    --group script "$tag-config"
  made+=("software config delete $config")
  says 'software config list' "$tag-config" os software config list
  says 'software config show' 'echo hello' os software config show "$config"
  says 'software config show --config-only' 'echo hello' os software config show --config-only "$config"
  local server=11111111-2222-4333-8444-555555555555
  made_raw deployment software deployment create --config "$config" --server "$server" --input-value whom=all \
    --signal-transport NO_SIGNAL "$tag-deployment"
  made+=("software deployment delete $deployment")
  says 'software deployment list' "$deployment" os software deployment list --server "$server"
  says 'software deployment show' "$server" os software deployment show "$deployment"
  says 'software deployment metadata show' 'echo hello' os software deployment metadata show "$server"
  check 'software deployment output show' os software deployment output show --all "$deployment"
  check 'software deployment delete' os software deployment delete "$deployment"
  check 'software config delete' os software config delete "$config"
}

trap finish EXIT
need_client python3-openstackclient python3-heatclient
need_cloud
creating
contents
changing
keeping
failing
hooking
deploying
telling
scaling
language
software
