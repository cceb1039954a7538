# An OpenStack of Debian's packages, for scripts that source this: Keystone (uwsgi), Glance (files) and Neutron with its Linux bridge
# agent, on PostgreSQL and RabbitMQ. All of it is in the namespaces that the script runs in, below the folder $site, and ends with them.
# Wants `site`, `admin_password` and the command `as_admin`.

identity_url=http://127.0.0.1:5000/v3
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)

openstack_packages=(
  keystone glance-api neutron-server neutron-linuxbridge-agent uwsgi-core uwsgi-plugin-python3 rabbitmq-server postgresql
  python3-psycopg2 python3-openstackclient python3-neutronclient python3-glanceclient python3-zunclient iptables ipset ebtables
)

# daemon NAME COMMAND…: in the background, with a log and a file of its process id.
daemon() {
  local name=$1
  shift
  "$@" >>"$site/$name.log" 2>&1 </dev/null &
  echo $! >"$site/$name.pid"
}
# stop NAME [SIGNAL]: resolves when it has ended.
stop() {
  local pid
  pid=$(cat "$site/$1.pid")
  kill "-${2:-TERM}" "$pid"
  wait "$pid" 2>/dev/null || true
}
# until_ready NAME COMMAND…: within two minutes; else its log.
until_ready() {
  local name=$1 end=$((SECONDS + 120))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "$name is not ready:" && tail -n 30 "$site/$name.log"; return 1; } >&2
    sleep 0.2
  done
}
answers() { [ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$1")" != 000 ]; }

start_postgres() {
  local data=$site/postgres
  install -d -o postgres "$data"
  runuser -u postgres -- "$postgres/initdb" -A trust -D "$data" >"$site/postgres.log"
  daemon postgres runuser -u postgres -- "$postgres/postgres" -D "$data" -k "$data" -h 127.0.0.1 \
    -c fsync=off -c max_connections=200
  until_ready postgres "$postgres/psql" -h 127.0.0.1 -U postgres -c 'select 1'
  local name
  for name in keystone glance neutron; do "$postgres/createdb" -h 127.0.0.1 -U postgres "$name"; done
}
database() { echo "postgresql+psycopg2://postgres@127.0.0.1/$1"; }

start_rabbit() {
  install -d -o rabbitmq "$site/rabbit"
  daemon rabbit env RABBITMQ_NODENAME=beside@localhost RABBITMQ_MNESIA_BASE="$site/rabbit" RABBITMQ_LOG_BASE="$site/rabbit" \
    RABBITMQ_ENABLED_PLUGINS_FILE=/dev/null RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_PID_FILE="$site/rabbit/pid" HOME="$site/rabbit" \
    rabbitmq-server
  until_ready rabbit bash -c 'exec 3<>/dev/tcp/127.0.0.1/5672'
}

configure_keystone() {
  install -d -m 700 "$site/keystone" "$site/keystone/keys"
  cat >"$site/keystone/keystone.conf" <<CONF
[database]
connection = $(database keystone)
[token]
expiration = ${1:-3600}
allow_expired_window = 172800
[fernet_tokens]
key_repository = $site/keystone/keys
[fernet_receipts]
key_repository = $site/keystone/keys
[credential]
key_repository = $site/keystone/keys
CONF
}
manage_keystone() { keystone-manage --config-file "$site/keystone/keystone.conf" "$@"; }
make_keystone() {
  configure_keystone
  manage_keystone db_sync
  manage_keystone fernet_setup --keystone-user root --keystone-group root
  OS_BOOTSTRAP_PASSWORD=$admin_password manage_keystone bootstrap --bootstrap-region-id RegionOne \
    --bootstrap-public-url "$identity_url" --bootstrap-internal-url "$identity_url" --bootstrap-admin-url "$identity_url"
}
start_keystone() {
  daemon keystone env OS_KEYSTONE_CONFIG_DIR="$site/keystone" OS_KEYSTONE_CONFIG_FILES=keystone.conf \
    uwsgi --plugin python3 --http-socket 127.0.0.1:5000 --wsgi-file /usr/bin/keystone-wsgi-public \
    --master --add-header "Connection: close" --die-on-term --processes 2 --threads 2 --need-app --buffer-size 65535 --lazy-apps
  until_ready keystone curl -fs "$identity_url"
}

# authtoken USER: by whom a service asks Keystone what a token means.
authtoken() {
  cat <<CONF
[keystone_authtoken]
www_authenticate_uri = $identity_url
auth_url = $identity_url
auth_type = password
username = $1
password = $admin_password
project_name = service
user_domain_name = Default
project_domain_name = Default
[oslo_concurrency]
lock_path = $site/$1/lock
CONF
}

start_glance() {
  install -d "$site/glance/images"
  cat >"$site/glance/glance-api.conf" <<CONF
[DEFAULT]
bind_host = 127.0.0.1
workers = 1
enabled_backends = files:file
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = $site/glance/images
[os_glance_staging_store]
filesystem_store_datadir = $site/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $site/glance/tasks
[database]
connection = $(database glance)
[paste_deploy]
flavor = keystone
config_file = /etc/glance/glance-api-paste.ini
$(authtoken glance)
CONF
  glance-manage --config-file "$site/glance/glance-api.conf" db_sync
  daemon glance glance-api --config-file "$site/glance/glance-api.conf"
  until_ready glance answers http://127.0.0.1:9292/
}

# Neutron's migrations are for MySQL alone; its models make the same tables anywhere.
make_neutron() {
  install -d "$site/neutron"
  cat >"$site/neutron/neutron.conf" <<CONF
[DEFAULT]
core_plugin = ml2
service_plugins =
bind_host = 127.0.0.1
transport_url = rabbit://guest:guest@127.0.0.1:5672/
api_workers = 1
rpc_workers = 1
rpc_state_report_workers = 0
state_path = $site/neutron
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
dns_domain = openstacklocal.
[database]
connection = $(database neutron)
[ml2]
type_drivers = vxlan
tenant_network_types = vxlan
mechanism_drivers = linuxbridge
extension_drivers = port_security
[ml2_type_vxlan]
vni_ranges = 1:1000
[linux_bridge]
physical_interface_mappings =
[vxlan]
local_ip = 192.0.2.1
[securitygroup]
firewall_driver = iptables
[experimental]
linuxbridge = true
[agent]
root_helper = env
polling_interval = 1
$(authtoken neutron)
CONF
  /usr/bin/python3 - "$(database neutron)" <<'PYTHON'
import sys, sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))
PYTHON
}
run_neutron() {
  daemon neutron neutron-server --config-file "$site/neutron/neutron.conf"
  until_ready neutron answers http://127.0.0.1:9696/
}
start_neutron() {
  make_neutron
  run_neutron
  ip link add underlay type bridge
  ip address add 192.0.2.1/24 dev underlay
  ip link set underlay up
  hostname "$1"
  daemon agent neutron-linuxbridge-agent --config-file "$site/neutron/neutron.conf"
}

# endpoint NAME TYPE URL: as its operator would register it.
endpoint() {
  local name=$1 type=$2 url=$3 interface
  as_admin user create --password "$admin_password" "$name" &&
    as_admin role add --user "$name" --project service admin &&
    as_admin service create --name "$name" "$type" || return 1
  for interface in public internal; do as_admin endpoint create --region RegionOne "$type" "$interface" "$url" || return 1; done
}

# Starts everything; $1 is what this host is called.
start_openstack() {
  start_postgres && start_rabbit && make_keystone && start_keystone &&
    as_admin project create service &&
    endpoint glance image http://127.0.0.1:9292 &&
    endpoint neutron network http://127.0.0.1:9696 &&
    start_glance && start_neutron "$1"
}

# memory NAME…: MiB that the daemons and all below them have to themselves, pages that they share divided.
memory() {
  local name pids=() pid
  for name in "$@"; do pids+=("$(cat "$site/$name.pid")"); done
  for ((pid = 0; pid < ${#pids[@]}; pid++)); do mapfile -t -O ${#pids[@]} pids < <(pgrep -P "${pids[pid]}" || true); done
  for pid in "${pids[@]}"; do cat "/proc/$pid/smaps_rollup" 2>/dev/null || true; done | awk '/^Pss:/ { sum += $2 } END { printf "%d", sum / 1024 }'
}
