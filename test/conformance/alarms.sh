#!/usr/bin/env bash
# Alarms, told by the unmodified Aodh client of Debian, command by command. Against the cloud that the environment's OS_* name
# (default: OS_CLOUD=hydria), which is started first and purged afterwards when it does not run. Prints a line for each step; the
# exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=al$$
. "$here/test/conformance/steps.sh"

leftovers() {
  printf '%s\n' 'alarm list' 'stack list' | clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

cat >"$work/text.yaml" <<'YAML'
heat_template_version: 2018-08-31
resources: { text: { type: OS::Heat::RandomString } }
YAML

event=$tag-event metric=$tag-metric
measured=(--threshold 50 --granularity 60 --aggregation-method mean --comparison-operator gt --evaluation-periods 2)

creating() {
  new event_id alarm_id alarm create --name "$event" -t event --event-type 'orchestration.stack.*' \
    --query 'traits.state=string::CREATE_COMPLETE' --description 'A stack is made' --severity critical \
    --alarm-action log:// --ok-action log:// --insufficient-data-action log:// --repeat-actions False --enabled True
  made+=("alarm delete $event_id")
  new metric_id alarm_id alarm create --name "$metric" -t gnocchi_resources_threshold "${measured[@]}" \
    --metric cpu_util --resource-type instance --resource-id 11111111-2222-4333-8444-555555555555 --state ok \
    --time-constraint "name=nights;start='0 23 * * *';duration=3600;timezone=Europe/Berlin;description=at night"
  made+=("alarm delete $metric_id")
  says 'alarm create by measures of several resources' cpu_util os alarm create --name "$tag-sum" \
    -t gnocchi_aggregation_by_metrics_threshold "${measured[@]}" --metric cpu_util --metric memory.usage
  made+=("alarm delete --name $tag-sum")
  says 'alarm create by resources that a query finds' server_group os alarm create --name "$tag-group" \
    -t gnocchi_aggregation_by_resources_threshold "${measured[@]}" --metric cpu_util --resource-type instance \
    --query '{"=": {"server_group": "mine"}}'
  made+=("alarm delete --name $tag-group")
  local rule='{"threshold": 1, "metric": "m", "resource_id": "r", "resource_type": "instance", "aggregation_method": "mean",
    "granularity": 60, "type": "gnocchi_resources_threshold"}'
  says 'alarm create of several rules' resource_id os alarm create --name "$tag-composite" -t composite \
    --composite-rule "{\"or\": [$rule, $rule]}"
  made+=("alarm delete --name $tag-composite")
  says 'a rule that is none is refused' gnocchi_resources_threshold_rule fails os alarm create --name "$tag-bad" -t composite \
    --composite-rule '{"or": [{"type": "gnocchi_resources_threshold"}]}'
  check 'a type that is gone is refused' fails os alarm create --name "$tag-bad" -t threshold -m cpu --threshold 1
  check "load balancers' members are refused" fails os alarm create --name "$tag-bad" -t loadbalancer_member_health \
    --stack-id s --pool-id p --autoscaling-group-id a
}

showing() {
  says 'alarm show by id' 'A stack is made' os alarm show "$event_id"
  says 'alarm show by name' "$event_id" os alarm show "$event"
  says 'alarm show --name' 'orchestration.stack' os alarm show --name "$event"
  says 'alarm show of what waits for the night' 'Europe/Berlin' os alarm show "$metric"
  check 'alarm show of none' fails os alarm show "$tag-none"
  says 'alarm list' "$metric" os alarm list
  says 'alarm list --filter' "$event" os alarm list --filter type=event --filter severity=critical
  check 'and nothing else' fails grep -q -- "$metric" "$work/output"
  says 'alarm list --query' "$metric" os alarm list --query "name='$metric' and state=ok"
  check 'and nothing else' fails grep -q -- "$event" "$work/output"
  says 'alarm list by order and page' "$event" os alarm list --sort name:asc --sort severity:desc --limit 5
  check 'alarm list from a marker' os alarm list --sort name:asc --limit 1 --marker "$metric_id"
}

changing() {
  says 'alarm update by id' 'Another text' os alarm update "$event_id" --description 'Another text' --severity low
  says 'alarm update by name' 'ge' os alarm update "$metric" --comparison-operator ge --threshold 60
  says 'alarm update --name' 'False' os alarm update --name "$tag-sum" "$tag-sum" --enabled False
  says 'alarm state get' ok os alarm state get "$metric_id"
  says 'alarm state set' alarm os alarm state set "$metric_id" --state alarm
  says 'alarm state get --name' alarm os alarm state get --name "$metric"
  says 'alarm state set by name' 'insufficient data' os alarm state set "$metric" --state 'insufficient data'
  check 'a state that is none is refused' fails os alarm state set "$metric" --state fine
}

happening() {
  made+=("stack delete --yes $tag-stack")
  check 'something happens' os stack create -t "$work/text.yaml" "$tag-stack"
  check 'and the alarm goes off' eventually goes_off
}
goes_off() { [ "$(os alarm state get -f value -c state "$event_id")" = alarm ]; }

remembering() {
  says 'alarm-history show' creation os alarm-history show "$event_id"
  says 'of what changed' 'rule change' os alarm-history show "$event_id" --sort timestamp:asc --limit 10
  says 'of when it went off' 'state transition' os alarm-history show "$event_id"
  says 'alarm-history search' "$metric_id" os alarm-history search
  says 'alarm-history search --query' 'state transition' \
    os alarm-history search --query "alarm_id=$metric_id and type='state transition'"
  check 'and nothing else' fails grep -q creation "$work/output"
}

around() {
  says 'alarming capabilities list' 'True' os alarming capabilities list
  says 'alarm quota show' alarms os alarm quota show
  local project
  project=$(os token issue -f value -c project_id)
  says 'alarm quota set' 40 os alarm quota set "$project" --alarm 40
  says 'alarm quota show --project' 40 os alarm quota show --project "$project"
  says 'and it has no end any more' '-1' os alarm quota set "$project" --alarm -1
}

deleting() {
  check 'alarm delete by id' os alarm delete "$event_id"
  check 'alarm delete by name' os alarm delete "$metric"
  check 'alarm delete --name' os alarm delete --name "$tag-sum"
  check 'alarm delete of none' fails os alarm delete "$event_id"
  says 'alarm-history show of one that is gone' deletion os alarm-history show "$event_id"
}

trap finish EXIT
need_client python3-openstackclient python3-heatclient python3-aodhclient
need_cloud
creating
showing
changing
happening
remembering
around
deleting
