# What scripts that speak with the upstream clients share; sourced by them. Wants `here` and `tag`; gives `work`, and counts.

work=$(mktemp -d)
passed=0 failed=0 skipped=0 started='' client=''
made=() # commands that take away what was made, the last first

variables=()
for name in $(compgen -e OS_ || true); do variables+=("$name=${!name}"); done
[ ${#variables[@]} -gt 0 ] || variables=(OS_CLOUD=hydria)

# Debian's Python, whatever else this shell finds first.
as_debian=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work")
bare() { "${as_debian[@]}" "$@"; }
clean() { bare "${variables[@]}" "$@"; }

# osc NAME=VALUE… openstack ARGUMENT…: the client, by client.py.
osc() {
  local code
  printf '%s\0' PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work" PYTHONWARNINGS=ignore "$@" >"$work/request"
  read -r code <"$work/reply"
  cat "$work/out"
  cat "$work/err" >&2
  return "$code"
}
os() { osc "${variables[@]}" openstack "$@"; }
start_client() {
  mkfifo "$work/request" "$work/reply"
  # No function, whose shell would be ended in place of the client.
  "${as_debian[@]}" /usr/bin/python3 -W ignore "$here/test/conformance/client.py" "$work" >"$work/client" 2>&1 &
  client=$!
}

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

# new VARIABLE COLUMN NOUN… create ARGUMENT…: whether it makes something; the variable gets that column of what it prints.
new() {
  local variable=$1 column=$2 value='' words
  shift 2
  words="$*" words="${words%%create*}create"
  if value=$(os "$@" -f value -c "$column" 2>"$work/output") && [ -n "$value" ]; then ok "$words"; else not_ok "$words"; fi
  printf -v "$variable" %s "$value"
}

fails() { ! "$@"; }

# Whether a command succeeds within a minute.
eventually() {
  local end=$((SECONDS + 60))
  until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; done
}

finish() {
  local code=$? line
  set +e
  trap - EXIT
  for ((line = ${#made[@]} - 1; line >= 0; line--)); do echo "${made[line]}"; done | clean openstack >"$work/cleaning" 2>&1
  check 'and nothing of it is left' eventually fails leftovers
  if [ -n "$started" ]; then "$here/hydria" down --purge >&2; fi
  kill "$client" 2>/dev/null
  rm -rf "$work"
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] || code=1
  exit "$code"
}

# need_client PACKAGE…: of Debian.
need_client() {
  dpkg -s "$@" >/dev/null 2>&1 && return
  DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "$@" >&2
}

need_cloud() {
  start_client
  os token issue >"$work/output" 2>&1 && return
  started=yes
  "$here/hydria" up >&2
}
