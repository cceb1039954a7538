# Debian's Heat beside the Keystone of openstack.sh, for scripts that source both: its API as Debian serves it (uwsgi), its engine with as
# many workers as it takes by itself. Wants what openstack.sh wants.

heat_url=http://127.0.0.1:8004/v1
heat_packages=(keystone heat-api heat-engine uwsgi-core uwsgi-plugin-python3 rabbitmq-server postgresql python3-psycopg2 python3-openstackclient)

configure_heat() {
  install -d "$site/heat"
  cat >"$site/heat/heat.conf" <<CONF
[DEFAULT]
transport_url = rabbit://guest:guest@127.0.0.1:5672/
auth_encryption_key = $(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
heat_metadata_server_url = http://127.0.0.1:8000
[database]
connection = $(database heat)
[trustee]
auth_type = password
auth_url = $identity_url
username = heat
password = $admin_password
user_domain_id = default
[clients_keystone]
auth_uri = $identity_url
[paste_deploy]
api_paste_config = /etc/heat/api-paste.ini
$(authtoken heat)
CONF
}
start_heat() {
  "$postgres/createdb" -h 127.0.0.1 -U postgres heat
  configure_heat
  heat-manage --config-file "$site/heat/heat.conf" db_sync
  daemon heat-engine heat-engine --config-file "$site/heat/heat.conf"
  daemon heat-api uwsgi --plugin python3 --http-socket 127.0.0.1:8004 --wsgi-file /usr/bin/heat-wsgi-api \
    --pyargv "--config-file $site/heat/heat.conf" \
    --master --add-header "Connection: close" --die-on-term --processes 2 --threads 8 --need-app --buffer-size 65535 --lazy-apps
  until_ready heat-api answers "$heat_url"
}

# Keystone and Heat, and what they need; a member of a project called demo.
start_keystone_and_heat() {
  start_postgres && start_rabbit && make_keystone && start_keystone &&
    as_admin project create service && as_admin role create heat_stack_owner && as_admin role create heat_stack_user &&
    endpoint heat orchestration "$heat_url/%(tenant_id)s" &&
    start_heat
}
