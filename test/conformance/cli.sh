#!/usr/bin/env bash
# Hydria's own command line on real containers: run, exec, logs, cp, and what a Compose file describes. Against the cloud that the
# environment's OS_* name (default: OS_CLOUD=hydria), which is started first and purged afterwards when it does not run.
# Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=cli$$
. "$here/test/conformance/steps.sh"

leftovers() { hydria ps --all | grep -- "$tag"; }
finish_all() {
  hydria rm --force "$tag-web" "$tag-talk" >/dev/null 2>&1 || true
  hydria compose -f "$work/compose.yaml" down --volumes >/dev/null 2>&1 || true
  finish
}
trap finish_all EXIT

hydria() { env "${variables[@]}" XDG_CACHE_HOME="$work/cache" timeout --signal=KILL 120 "$here/hydria" "$@"; }
# ends CODE COMMAND…: whether it ends with that exit code.
ends() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" -eq "$wanted" ]
}
at_terminal() {
  env "${variables[@]}" XDG_CACHE_HOME="$work/cache" /usr/bin/python3 "$here/test/conformance/talk.py" "$here/hydria" "$@"
}
piped() { printf "$1" | hydria "${@:2}"; }

cat >"$work/compose.yaml" <<YAML
name: $tag
services:
  first:
    image: busybox
    command: sh -c 'echo prepared'
  web:
    image: \${WEB_IMAGE:-hello}
    ports: ['8080:80']
  client:
    image: busybox
    command: [sh, -c, 'cat /run/secrets/key /etc/greeting; until wget -q -O - http://web/; do sleep 1; done; sleep 3600']
    depends_on:
      first: { condition: service_completed_successfully }
      web: { condition: service_started }
    secrets: [key]
    configs: [{ source: greeting, target: /etc/greeting }]
secrets: { key: { file: ./key } }
configs: { greeting: { content: 'good morning' } }
YAML
echo 'nobody else reads this' >"$work/key"
printf 'services:\n  a: { image: busybox, depends_on: [b] }\n  b: { image: busybox, depends_on: [a] }\n' >"$work/cycle.yaml"

running() {
  check 'run -d' hydria run -d --name "$tag-web" hello
  says 'ps' "$tag-web" hydria ps
  says 'logs' 'listens on port 80' hydria logs "$tag-web"
  says 'exec' 'Hello from Hydria' hydria exec "$tag-web" wget -q -O - http://127.0.0.1/
  check 'exec ends as the command does' ends 7 hydria exec "$tag-web" sh -c 'exit 7'
  says 'exec -i reads what is piped in' 'piped' piped 'piped\n' exec -i "$tag-web" cat
  check 'run ends as the container does' ends 3 hydria run --rm busybox sh -c 'exit 3'
  says 'run -it at a terminal' 'a2b' \
    at_terminal run --rm -it --name "$tag-talk" busybox sh -- '# ' 'echo a$((1+1))b\n' 'a2b' 'exit\n' 'exit'
}

files() {
  echo "made by $tag" >"$work/file"
  check 'cp into a directory' hydria cp "$work/file" "$tag-web:/tmp"
  check 'cp under another name' hydria cp "$work/file" "$tag-web:/tmp/other"
  check 'cp out' hydria cp "$tag-web:/tmp/other" "$work/back"
  check 'and it is the same' cmp "$work/file" "$work/back"
  says 'top' httpd hydria top "$tag-web"
  says 'stats' "$tag-web" hydria stats --no-stream
  check 'stop' hydria stop -t 1 "$tag-web"
  check 'start' hydria start "$tag-web"
  says 'rm refuses what runs' 'Cannot delete' fails hydria rm "$tag-web"
  check 'rm -f' hydria rm -f "$tag-web"
  check 'what is not there is an error' ends 1 hydria inspect "$tag-none"
  check 'what is not understood is another' ends 2 hydria run --nonsense
}

composing() {
  says 'a cycle is refused before anything is made' 'waits for itself' fails hydria compose -f "$work/cycle.yaml" up -d
  says 'compose up' "created    $tag-client-1" hydria compose -f "$work/compose.yaml" up -d
  says 'compose ps' "$tag-web-1" hydria compose -f "$work/compose.yaml" ps
  says 'a secret is a file' 'nobody else reads this' hydria compose -f "$work/compose.yaml" logs client
  says 'a config too' 'good morning' hydria compose -f "$work/compose.yaml" logs client
  check 'services find each other by name' eventually compose_logs 'Hello from Hydria'
  check 'up again changes nothing' unchanged
  says 'up with another image changes that alone' "recreated  $tag-web-1" other_image
  check 'compose down' hydria compose -f "$work/compose.yaml" down --volumes
}
compose_logs() { hydria compose -f "$work/compose.yaml" logs client | grep -q -- "$1"; }
other_image() { WEB_IMAGE=busybox hydria compose -f "$work/compose.yaml" up -d web; }
unchanged() { [ -z "$(hydria compose -f "$work/compose.yaml" up -d 2>&1 | grep "$tag")" ]; }

need_cloud
running
files
composing
