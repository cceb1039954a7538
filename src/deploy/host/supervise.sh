#!/bin/sh
# Keeps one daemon running where there is no systemd: supervise.sh NAME RUN_DIR LOG_DIR COMMAND [ARGUMENT…]
#
# One supervisor per daemon: the lock on RUN_DIR/NAME.lock is the kernel's, so it ends with its holder. RUN_DIR/NAME.pid
# holds the daemon's process id. A daemon that dies starts again at once, then with growing pauses until one has run for
# ten seconds. TERM passes on to the daemon and ends both. The daemon has a session of its own, so that a supervisor that
# is killed takes nothing with it. LOG_DIR/NAME.log is cut when it grows past LOG_LIMIT bytes; one older part is kept.
set -u
name=$1 run=$2 log=$3/$1.log
limit=${LOG_LIMIT:-10485760} interval=${LOG_INTERVAL:-60}

rotate() {
  size=$(stat -c %s "$log" 2>/dev/null) || return 0
  [ "$size" -le "$limit" ] || { cp "$log" "$log.1" && : >"$log"; }
}

# A helper process, so that the supervisor itself only ever waits for its daemon.
if [ "$name" = --rotate ]; then
  supervisor=$2 log=$3 nap=''
  trap 'kill "$nap" 2>/dev/null; exit 0' TERM
  while sleep "$interval" & nap=$!; wait "$nap"; kill -0 "$supervisor" 2>/dev/null; do rotate; done
  exit 0
fi

shift 3
exec 9>"$run/$name.lock"
flock -n 9 || { echo "supervise.sh: $name has a supervisor already" >&2; exit 75; }

stopping='' daemon='' pause=0 stop=$run/$name.stop
rm -f "$stop"
trap 'stopping=1; : >"$stop"; [ -z "$daemon" ] || kill -TERM "$daemon" 2>/dev/null' TERM INT
trap '' HUP

# A child that is still this shell takes TERM and forgets it: so it looks whether one came once it is free to die of the next.
begin() {
  { [ -e "$stop" ] || exec "$@"; } 9>&- &
}

begin "$0" --rotate $$ "$log" </dev/null >/dev/null 2>&1
rotator=$!

while [ -z "$stopping" ]; do
  rotate
  began=$(date +%s)
  begin setsid "$@" </dev/null >>"$log" 2>&1
  daemon=$!
  echo "$daemon" >"$run/$name.pid"
  [ -z "$stopping" ] || kill -TERM "$daemon" 2>/dev/null
  # A signal interrupts wait; the daemon is gone only when wait has seen its end.
  while wait "$daemon"; code=$?; kill -0 "$daemon" 2>/dev/null; do :; done
  daemon=''
  [ -z "$stopping" ] || break
  [ $(($(date +%s) - began)) -lt 10 ] || pause=0
  echo "{\"level\":50,\"name\":\"supervisor\",\"msg\":\"daemon ended\",\"daemon\":\"$name\",\"code\":$code,\"restartIn\":$pause}" >>"$log"
  if [ "$pause" -gt 0 ]; then
    begin sleep "$pause"
    daemon=$!
    [ -z "$stopping" ] || kill -TERM "$daemon" 2>/dev/null
    wait "$daemon"
    daemon=''
  fi
  pause=$((pause == 0 ? 1 : pause * 2 > 30 ? 30 : pause * 2))
done

kill -TERM "$rotator" 2>/dev/null
wait "$rotator"
rm -f "$run/$name.pid" "$stop"
exit 0
