#!/usr/bin/env bash
# Consoles, told by the unmodified OpenStack client of Debian at a terminal: attach, exec --interactive, run --interactive. Against the
# cloud that the environment's OS_* name (default: OS_CLOUD=hydria), which is started first and purged afterwards when it does not run.
# Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=cs$$
. "$here/test/conformance/steps.sh"

leftovers() { os appcontainer list -f value -c name 2>/dev/null | grep -- "$tag"; }
trap finish EXIT

# at_terminal COMMAND… -- EXPECTED SAID …: the client at a terminal.
at_terminal() { clean /usr/bin/python3 -W ignore "$here/test/conformance/talk.py" openstack appcontainer "$@"; }

need_client python3-zunclient
need_cloud

# Without quotes: the client puts its own around each word, and does not care for those inside.
READER='while read line; do echo heard $line; test x$line = xbye && exit 0; done'
made+=("appcontainer delete --force $tag-talk" "appcontainer delete --force $tag-run" "appcontainer delete --force $tag-plain")

runs() { [ "$(os appcontainer show -f value -c status "$1")" = Running ]; }

check 'create a container that listens' os appcontainer create --wait --name "$tag-talk" --interactive busybox sh -c "$READER"
check 'and start it' os appcontainer start "$tag-talk"
check 'until it runs' eventually runs "$tag-talk"
says 'exec --interactive' 'heard hello' \
  at_terminal exec --interactive "$tag-talk" sh -c "echo ready; $READER" -- ready 'hello\n' 'heard hello' 'bye\n' 'heard bye'
says 'exec --interactive in a terminal of its own' /dev/pts/ at_terminal exec --interactive "$tag-talk" tty -- /dev/pts/
says 'attach' 'heard hello' at_terminal attach "$tag-talk" -- 'to disconnect' 'hello\n' 'heard hello'
check 'and the container runs on' os appcontainer exec "$tag-talk" true
says 'attach until the end' 'heard bye' at_terminal attach "$tag-talk" -- 'to disconnect' 'bye\n' 'heard bye'
says 'logs of what was said' 'heard bye' os appcontainer logs "$tag-talk"
says 'run --interactive' 'heard hello' \
  at_terminal run --name "$tag-run" --interactive busybox sh -c "$READER" -- 'to disconnect' 'hello\n' 'heard hello' 'bye\n' 'heard bye'
check 'run what does not listen' os appcontainer run --wait --name "$tag-plain" busybox sleep 3600
check 'attach is refused to it' fails os appcontainer attach "$tag-plain"
