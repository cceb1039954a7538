#!/usr/bin/env bash
# The ground, told by the unmodified OpenStack client of Debian: identity, images and volumes, and the three ways to let
# another act for one: a trust, an application credential, a group's inherited grant. Against the cloud that the environment's
# OS_* name (default: OS_CLOUD=hydria), which is started first and purged afterwards when it does not run. Prints a line for
# each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=gr$$
password="pw-$RANDOM$RANDOM$RANDOM"
. "$here/test/conformance/steps.sh"

# What still carries our tag.
leftovers() {
  printf '%s\n' 'project list' 'user list' 'domain list' 'group list' 'role list' 'region list' 'service list' \
    'image list --long' 'volume list --all-projects' 'volume snapshot list' 'volume backup list' 'volume type list' |
    clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

# as USER PROJECT COMMAND…: with the user's password. An empty project = no scope.
as() {
  local user=$1 project=$2
  shift 2
  osc OS_IDENTITY_API_VERSION=3 OS_AUTH_URL="$auth_url/v3" OS_USERNAME="$user" OS_PASSWORD="$password" \
    OS_USER_DOMAIN_ID=default ${project:+OS_PROJECT_ID="$project"} openstack "$@"
}

# by_trust COMMAND…: as the trustee, within the trust.
by_trust() {
  osc OS_IDENTITY_API_VERSION=3 OS_AUTH_URL="$auth_url/v3" OS_USERNAME="$tag-bob" OS_PASSWORD="$password" \
    OS_USER_DOMAIN_ID=default OS_TRUST_ID="$trust" openstack "$@"
}

# cinder ARGUMENT…: a Python program on its input, with Debian's client as `cinder`.
cinder() {
  { printf '%s\n' 'import sys, openstack' 'from cinderclient import client' \
    "cinder = client.Client('3.54', session=openstack.connect().session)" && cat; } |
    clean /usr/bin/python3 -W ignore - "$@"
}

# by_credential COMMAND…: with the application credential.
by_credential() {
  osc OS_IDENTITY_API_VERSION=3 OS_AUTH_URL="$auth_url/v3" OS_AUTH_TYPE=v3applicationcredential \
    OS_APPLICATION_CREDENTIAL_ID="$credential" OS_APPLICATION_CREDENTIAL_SECRET="$password" openstack "$@"
}

# works_with TOKEN: whether the token is still one, as its owner would see.
works_with() { curl -sf -m 10 -o "$work/output" -H "X-Auth-Token: $1" "$auth_url/v3/auth/catalog"; }

token_of() { "$@" token issue -f value -c id 2>>"$work/output"; }
soon() { date -u -d "+$1 seconds" +%Y-%m-%dT%H:%M:%S; }

projects() {
  new parent id project create --property purpose=test --tag blue "$tag-parent"
  made+=("project delete $parent")
  new child id project create --parent "$parent" "$tag-child"
  made+=("project delete $child")
  says 'project list --parent' "$tag-child" os project list --parent "$parent"
  says 'project list --tags' "$tag-parent" os project list --tags blue
  check 'project set --tag' os project set --tag red "$parent"
  check 'project set --remove-tag' os project set --remove-tag blue "$parent"
  says 'and it has the new tag alone' "\['red'\]" os project show -f value -c tags "$parent"
  says 'project show --children' "$child" os project show --children "$parent"
  check 'project delete of one with children is refused' fails os project delete "$parent"
  new domain id domain create --description test "$tag-domain"
  made+=("domain set --disable $domain" "domain delete $domain")
  check 'domain set' os domain set --description tested "$domain"
  says 'domain show' tested os domain show -f value -c description "$domain"
  check 'domain delete of one that is enabled is refused' fails os domain delete "$domain"
}

people() {
  new alice id user create --password "$password" --email "$tag@example.com" "$tag-alice"
  new bob id user create --password "$password" "$tag-bob"
  made+=("user delete $alice" "user delete $bob")
  check 'user set' os user set --description tested "$alice"
  says 'user show' tested os user show -f value -c description "$alice"
  new group id group create "$tag-group"
  made+=("group delete $group")
  check 'group add user' os group add user "$group" "$bob"
  says 'group contains user' 'in group' os group contains user "$group" "$bob"
  says 'user list --group' "$tag-bob" os user list --group "$group"
  new broad id role create "$tag-broad"
  new narrow id role create "$tag-narrow"
  made+=("role delete $broad" "role delete $narrow")
  check 'implied role create' os implied role create --implied-role "$narrow" "$broad"
  says 'implied role list' "$tag-narrow" os implied role list
  check 'role add' os role add --user "$alice" --project "$parent" "$broad"
  says 'role assignment list --effective tells what is implied' "$tag-narrow" \
    os role assignment list --names --effective --user "$alice" --project "$parent"
  check 'role add member' os role add --user "$alice" --project "$parent" member
  check 'implied role delete' os implied role delete --implied-role "$narrow" "$broad"
}

documents() {
  new credential id credential create --type cert "$alice" "{\"of\": \"$tag\"}"
  made+=("credential delete $credential")
  says 'credential list --type' "$credential" os credential list --type cert
  new access access ec2 credentials create --user "$alice" --project "$parent"
  made+=("ec2 credentials delete --user $alice $access")
  says 'ec2 credentials list' "$access" os ec2 credentials list --user "$alice"
  new region region region create "$tag-region"
  new service id service create --name "$tag-service" "$tag-type"
  made+=("region delete $region" "service delete $service")
  new endpoint id endpoint create --region "$region" "$service" public http://nowhere.test/
  says 'endpoint list' nowhere.test os endpoint list --service "$service"
  check 'endpoint set' os endpoint set --url http://elsewhere.test/ "$endpoint"
  check 'endpoint delete' os endpoint delete "$endpoint"
  new registered id registered limit create --service "$service" --default-limit 10 "$tag-things"
  made+=("registered limit delete $registered")
  check 'registered limit set' os registered limit set --default-limit 20 "$registered"
  new limit id limit create --service "$service" --project "$parent" --resource-limit 5 "$tag-things"
  says 'limit list' "$limit" os limit list --service "$service"
  check 'limit delete' os limit delete "$limit"
  echo '{"rule": "test"}' >"$work/rules"
  new policy id policy create --type application/json "$work/rules"
  says 'policy show' application/json os policy show "$policy"
  check 'policy delete' os policy delete "$policy"
  echo '{"interface": "public"}' >"$work/filters"
  new endpoints id endpoint group create "$tag-endpoints" "$work/filters"
  made+=("endpoint group delete $endpoints")
  check 'endpoint group add project' os endpoint group add project "$endpoints" "$parent"
  says 'endpoint group list --project' "$tag-endpoints" os endpoint group list --project "$parent"
  check 'endpoint group remove project' os endpoint group remove project "$endpoints" "$parent"
}

# Whoever may not list roles names them by id: the client cannot look them up.
trusts() {
  local token member
  member=$(os role show -f value -c id member)
  new_as_alice trust id trust create --project "$parent" --role "$member" "$alice" "$bob"
  says 'by the trust, bob acts in the project of alice' "$parent" by_trust token issue
  token=$(token_of by_trust)
  check 'and the token works' works_with "$token"
  check 'trust delete' as "$tag-alice" "$parent" trust delete "$trust"
  check 'and the token does not work any more' fails works_with "$token"
  check 'nor does the trust' fails by_trust token issue
  new_as_alice trust id trust create --project "$parent" --role "$member" --expiration "$(soon 20)" "$alice" "$bob"
  token=$(token_of by_trust)
  check 'by one that expires, bob acts' works_with "$token"
  check 'until it has expired' eventually fails works_with "$token"
}

# new_as_alice VARIABLE COLUMN COMMAND…: like `new`, by alice.
new_as_alice() {
  local variable=$1 column=$2 value='' words
  shift 2
  words="$*" words="${words%%create*}create"
  if value=$(as "$tag-alice" "$parent" "$@" -f value -c "$column" 2>"$work/output") && [ -n "$value" ]; then
    ok "$words"
  else
    not_ok "$words"
  fi
  printf -v "$variable" %s "$value"
}

credentials() {
  local token
  new_as_alice credential id application credential create --secret "$password" --role member "$tag-robot"
  says 'by the application credential, a program acts for alice' "$parent" by_credential token issue
  token=$(token_of by_credential)
  check 'application credential delete' as "$tag-alice" "$parent" application credential delete "$tag-robot"
  check 'and its token does not work any more' fails works_with "$token"
  check 'nor does the credential' fails by_credential token issue
  echo '[{"service": "image", "method": "GET", "path": "/v2/images"}]' >"$work/access"
  new_as_alice credential id application credential create --secret "$password" --role member \
    --access-rules "$work/access" --expiration "$(soon 40)" "$tag-narrow-robot"
  token=$(token_of by_credential)
  check 'one with access rules may do what they say' by_credential image list
  check 'and nothing else' fails by_credential volume list
  says 'access rule list' /v2/images as "$tag-alice" "$parent" access rule list
  check 'and it works until it has expired' eventually fails works_with "$token"
}

inheritance() {
  local token
  check 'role add --inherited to a group' os role add --group "$group" --project "$parent" --inherited member
  says 'role assignment list --effective' "$tag-child" \
    os role assignment list --names --effective --user "$bob" --project "$child"
  says 'by the grant that the group inherits, bob acts in the child' "$child" as "$tag-bob" "$child" token issue
  check 'but not in the parent' fails as "$tag-bob" "$parent" token issue
  token=$(token_of as "$tag-bob" "$child")
  check 'role remove --inherited' os role remove --group "$group" --project "$parent" --inherited member
  check 'and the token does not work any more' fails works_with "$token"
  check 'nor can bob get another' fails as "$tag-bob" "$child" token issue
}

passcodes() {
  check 'a passcode is a second factor, and is good once' clean /usr/bin/python3 -W ignore - \
    "$auth_url" "$tag-alice" "$alice" "$password" "$parent" <<'PYTHON'
import base64, hashlib, hmac, os, struct, sys, time
import openstack
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

url, name, user, password, project = sys.argv[1:]
cloud = openstack.connect()
seed = os.urandom(20)
made = cloud.session.post(url + '/v3/credentials', json={'credential': {
    'type': 'totp', 'blob': base64.b32encode(seed).decode(), 'user_id': user}}).json()['credential']
rules = lambda value: cloud.session.patch(url + '/v3/users/' + user, json={'user': {'options': {
    'multi_factor_auth_enabled': value, 'multi_factor_auth_rules': [['password', 'totp']] if value else None}}})

def passcode():
    digest = hmac.new(seed, struct.pack('>Q', int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return '%06d' % ((struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000)

def sign_in(*methods):
    return session.Session(v3.Auth(url, list(methods), project_id=project)).get_token()

try:
    rules(True)
    first = lambda: v3.PasswordMethod(username=name, user_domain_id='default', password=password)
    second = lambda code: v3.TOTPMethod(username=name, user_domain_id='default', passcode=code)
    try:
        sign_in(first())
        raise AssertionError('the password alone was enough')
    except (exceptions.Unauthorized, exceptions.MissingAuthMethods):
        pass
    code = passcode()
    assert sign_in(first(), second(code))
    try:
        sign_in(first(), second(code))
        raise AssertionError('a passcode was good twice')
    except exceptions.Unauthorized:
        pass
finally:
    rules(False)
    cloud.session.delete(url + '/v3/credentials/' + made['id'])
PYTHON
}

images() {
  head -c 1500000 /dev/urandom >"$work/disk"
  new image id image create --disk-format raw --container-format bare --property os=test --tag blue \
    --file "$work/disk" "$tag-image"
  made+=("image delete $image")
  check 'image save' os image save --file "$work/saved" "$image"
  check 'and the bytes are the same' cmp "$work/disk" "$work/saved"
  says 'image show tells the checksum' "$(md5sum <"$work/disk" | cut -d' ' -f1)" os image show -f value -c checksum "$image"
  check 'image set' os image set --property size_of=small --tag red --min-disk 1 --shared "$image"
  says 'and it is set' small os image show -f value -c properties "$image"
  says 'image list --tag' "$tag-image" os image list --tag red
  check 'image unset' os image unset --property size_of --tag red "$image"
  check 'image add project' os image add project "$image" "$child"
  check 'image set --accept' os image set --project "$child" --accept "$image"
  says 'image member list' accepted os image member list "$image"
  check 'image remove project' os image remove project "$image" "$child"
  check 'image set --protected' os image set --protected "$image"
  check 'and it cannot be deleted' fails os image delete "$image"
  check 'image set --unprotected' os image set --unprotected "$image"
  new import_image id image create --disk-format raw --container-format bare --import --file "$work/disk" "$tag-import"
  made+=("image delete $import_image")
  check 'and by --import it becomes active' eventually image_is active "$import_image"
}

image_is() { [ "$(os image show -f value -c status "$2" 2>>"$work/output")" = "$1" ]; }

# becomes KIND ID STATUS.
becomes() { eventually volume_is "$@"; }
volume_is() {
  local now
  now=$(os $1 show -f value -c status "$2" 2>"$work/output") || return 1
  [ "$now" = "$3" ]
}

# made_of KIND VARIABLE ARGUMENT…: and it becomes available.
made_of() {
  local kind=$1 variable=$2
  shift 2
  new "$variable" id $kind create "$@"
  made+=("$kind delete ${!variable}")
  check 'and it becomes available' becomes "$kind" "${!variable}" available
}

volumes() {
  made_of volume of_image --size 1 --image "$image" "$tag-of-image"
  says 'volume show tells that it is bootable' true os volume show -f value -c bootable "$of_image"
  made_of 'volume snapshot' snapshot --volume "$of_image" "$tag-snapshot"
  made_of volume of_snapshot --snapshot "$snapshot" "$tag-of-snapshot"
  made_of volume of_volume --source "$of_image" --size 2 "$tag-of-volume"
  check 'volume set --size' os volume set --size 3 "$of_volume"
  check 'and it has grown' eventually has_size 3 "$of_volume"
  check 'volume set' os volume set --name "$tag-renamed" --property a=b --description tested "$of_volume"
  says 'and it is set' "'a': 'b'" os volume show -f value -c properties "$of_volume"
  check 'volume unset' os volume unset --property a "$of_volume"
  says 'volume list' "$tag-renamed" os volume list
  check 'volume snapshot set' os volume snapshot set --property a=b "$snapshot"
  says 'volume snapshot list' "$tag-snapshot" os volume snapshot list
  check 'volume delete of one with snapshots is refused' fails os volume delete "$of_image"
}

has_size() { [ "$(os volume show -f value -c size "$2" 2>>"$work/output")" = "$1" ]; }

backups() {
  made_of 'volume backup' full --name "$tag-full" "$of_image"
  made_of 'volume backup' increment --name "$tag-increment" --incremental "$of_image"
  says 'volume backup show' True os volume backup show -f value -c is_incremental "$increment"
  check 'volume backup delete of one that others build on is refused' fails os volume backup delete "$full"
  # The command restores, and then fails to print what it was answered.
  check 'volume backup restore, by cinderclient' cinder "$increment" "$of_volume" <<'PYTHON'
backup, volume = sys.argv[1:]
restored = cinder.restores.restore(backup, volume)
assert restored.volume_id == volume and restored.backup_id == backup, restored.to_dict()
PYTHON
  check 'and the volume becomes available' becomes volume "$of_volume" available
  says 'volume backup list' "$tag-full" os volume backup list
}

types() {
  new type id volume type create --property volume_backend_name=file --public "$tag-type"
  made+=("volume type delete $type")
  check 'volume type set' os volume type set --description tested "$type"
  says 'volume type list' "$tag-type" os volume type list --long
  made_of volume of_type --size 1 --type "$type" "$tag-of-type"
  new qos id volume qos create --consumer front-end --property total_iops_sec=100 "$tag-qos"
  made+=("volume qos delete $qos")
  check 'volume qos associate' os volume qos associate "$qos" "$type"
  says 'volume qos show' "$tag-type" os volume qos show "$qos"
  check 'volume qos disassociate' os volume qos disassociate --all "$qos"
  # The command asks for a compute service first.
  check 'quota set and show, by cinderclient' cinder "$child" <<'PYTHON'
cinder.quotas.update(sys.argv[1], volumes=7)
assert cinder.quotas.get(sys.argv[1]).volumes == 7
PYTHON
  says 'volume service list' cinder-volume os volume service list
}

transfers() {
  local answer transfer key
  answer=$(os volume transfer request create --name "$tag-transfer" "$of_type" -f value -c id -c auth_key 2>"$work/output")
  key=$(sed -n 1p <<<"$answer") transfer=$(sed -n 2p <<<"$answer")
  says 'volume transfer request list' "$tag-transfer" os volume transfer request list
  check 'a wrong key is refused' fails os volume transfer request accept --auth-key wrong "$transfer"
  check 'volume transfer request accept, by alice' \
    as "$tag-alice" "$parent" volume transfer request accept --auth-key "$key" "$transfer"
  says 'and the volume is hers' "$tag-of-type" as "$tag-alice" "$parent" volume list
}

# The client's own command asks Compute for the server first, which is another matter; the library does not.
attachments() {
  check 'attachments: create, update, complete, delete' cinder "$of_volume" <<'PYTHON'
volume, server = sys.argv[1], '11111111-2222-3333-4444-555555555555'
held = cinder.attachments.create(volume, None, server, mode='rw')
held = held if isinstance(held, dict) else held.to_dict()
assert cinder.volumes.get(volume).status == 'reserved'
made = cinder.attachments.update(held['id'], {'initiator': 'iqn.test', 'mountpoint': '/dev/vdb'})
made = made if isinstance(made, dict) else made.to_dict()
assert made['connection_info']['device_path'].startswith('/dev/'), made
cinder.attachments.complete(held['id'])
assert cinder.volumes.get(volume).status == 'in-use'
assert any(one.id == held['id'] for one in cinder.attachments.list())
cinder.attachments.delete(held['id'])
PYTHON
  check 'and the volume becomes available' becomes volume "$of_volume" available
}

trap finish EXIT
need_client python3-openstackclient python3-cinderclient curl
need_cloud
auth_url=$(os endpoint list --service identity --interface public -f value -c URL)
auth_url=${auth_url%/v3}
projects
people
documents
trusts
credentials
inheritance
passcodes
images
volumes
backups
types
transfers
attachments
