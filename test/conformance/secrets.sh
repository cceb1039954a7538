#!/usr/bin/env bash
# Secrets, told by the unmodified Barbican client of Debian: payloads of text and bytes, containers, orders and who may
# read. Against the cloud that the environment's OS_* name (default: OS_CLOUD=hydria), which is started first and purged
# afterwards when it does not run. Prints a line for each step; the exit code is 0 when none failed.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
tag=sc$$
. "$here/test/conformance/steps.sh"

# make VARIABLE NAME COLUMN COMMAND…: whether it makes something; the variable gets that column of what it prints.
make() {
  local variable=$1 name=$2 column=$3 made_ref=''
  shift 3
  if made_ref=$("$@" -f value -c "$column" 2>"$work/output"); then ok "$name"; else not_ok "$name"; fi
  printf -v "$variable" %s "$made_ref"
}

# What still carries our tag.
leftovers() {
  printf '%s\n' 'secret list --limit 100' 'secret container list --limit 100' 'secret order list --limit 100' |
    clean openstack >"$work/output" 2>&1
  grep -- "$tag" "$work/output"
}

payloads() {
  make text 'secret store, text' 'Secret href' os secret store --name "$tag-text" --payload 'muy secreto: ¡ñ!'
  made+=("secret delete $text")
  says 'secret get shows it' "$tag-text" os secret get "$text"
  says 'secret get --payload' 'muy secreto: ¡ñ!' os secret get --payload "$text"
  head -c 4096 /dev/urandom >"$work/bytes"
  make bytes 'secret store, a file of bytes' 'Secret href' os secret store --name "$tag-bytes" --file "$work/bytes"
  made+=("secret delete $bytes")
  check 'secret get --file' os secret get -t application/octet-stream --file "$work/back" "$bytes"
  check 'and the bytes are the same' cmp "$work/bytes" "$work/back"
  make later 'secret store without a payload' 'Secret href' os secret store --name "$tag-later"
  made+=("secret delete $later")
  check 'secret update' os secret update "$later" 'given later'
  says 'and the payload is there' 'given later' os secret get --payload "$later"
  check 'and cannot be given again' fails os secret update "$later" again
  says 'secret list --name' "$text" os secret list --name "$tag-text"
  check 'a payload in a form that it does not have is refused' \
    fails os secret get --decrypt --payload_content_type image/png "$bytes"
  check 'secret store of what has expired is refused' \
    fails os secret store --name "$tag-old" --payload x --expiration 2001-01-01T00:00:00
}

containers() {
  make box 'secret container create' 'Container href' os secret container create --name "$tag-box" \
    --secret "text=$text" --secret "bytes=$bytes"
  made+=("secret container delete $box")
  says 'secret container get' "bytes=$bytes" os secret container get "$box"
  says 'secret container list' "$tag-box" os secret container list --limit 100
  check 'a container of type rsa without its keys is refused' \
    fails os secret container create --name "$tag-bad" --type rsa --secret "private_key=$text"
}

# order VARIABLE NAME ARGUMENT…: and it becomes ACTIVE.
order() {
  local variable=$1 name=$2 end=$((SECONDS + 30)) state=''
  shift 2
  make "$variable" "secret order create $name" 'Order href' os secret order create "$@"
  made+=("secret order delete ${!variable}")
  until state=$(os secret order get -f value -c Status "${!variable}") && [ "$state" != PENDING ]; do
    [ "$SECONDS" -lt "$end" ] || break
  done
  os secret order get "${!variable}" >"$work/output" 2>&1
  if [ "$state" = ACTIVE ]; then ok 'and it becomes ACTIVE'; else not_ok "and it becomes ACTIVE"; fi
}

# part CONTAINER COLUMN: the reference of that secret in it.
part() { os secret container get -f value -c "$2" "$1"; }

orders() {
  local key pair cert made_key pair_box cert_box one
  order key key key --name "$tag-key" --algorithm aes --bit-length 256
  made_key=$(os secret order get -f value -c 'Secret href' "$key")
  made+=("secret delete $made_key")
  check 'secret get --file of the key' os secret get -t application/octet-stream --file "$work/key" "$made_key"
  check 'and it has 256 bits' test "$(stat -c %s "$work/key")" -eq 32
  order pair asymmetric asymmetric --name "$tag-pair" --algorithm rsa --bit-length 2048
  pair_box=$(os secret order get -f value -c 'Container href' "$pair")
  for one in 'Private Key' 'Public Key'; do made+=("secret delete $(part "$pair_box" "$one")"); done
  made+=("secret container delete $pair_box")
  openssl req -new -nodes -newkey rsa:2048 -subj "/CN=$tag" -keyout "$work/csr.key" -out "$work/csr" 2>/dev/null
  order cert certificate certificate --name "$tag-cert" --request-type simple-cmc --request-file "$work/csr"
  cert_box=$(os secret order get -f value -c 'Container href' "$cert")
  for one in Certificate Intermediates; do
    made+=("secret delete $(part "$cert_box" "$one")")
    os secret get -t application/pkix-cert --file "$work/$one.pem" "$(part "$cert_box" "$one")" >/dev/null 2>&1 || true
  done
  made+=("secret container delete $cert_box")
  check 'openssl verifies the certificate' openssl verify -CAfile "$work/Intermediates.pem" "$work/Certificate.pem"
  order stored 'certificate, for a stored key' certificate --name "$tag-stored" --request-type stored-key \
    --source-container-ref "$pair_box" --subject-dn "CN=$tag"
  cert_box=$(os secret order get -f value -c 'Container href' "$stored")
  for one in Certificate Intermediates; do made+=("secret delete $(part "$cert_box" "$one")"); done
  made+=("secret container delete $cert_box")
  says 'secret order list' "$key" os secret order list --limit 100
}

acls() {
  says 'acl submit' user-one os acl submit --user user-one --no-project-access "$text"
  says 'acl user add' user-two os acl user add --user user-two "$text"
  check 'acl user remove' os acl user remove --user user-one "$text"
  check 'and the user is gone' fails grep -q user-one "$work/output"
  says 'acl get' False os acl get "$text"
  check 'acl delete' os acl delete "$text"
  says 'and the project may read again' True os acl get "$text"
  says 'acl submit on a container' user-one os acl submit --user user-one "$box"
}

# The command line has no verb for consumers; the client's library does.
consumers() {
  check 'containers.register_consumer, and remove_consumer' clean /usr/bin/python3 -W ignore - "$box" <<'PYTHON'
import sys, openstack
from barbicanclient import client
barbican = client.Client(session=openstack.connect().session)
added = barbican.containers.register_consumer(sys.argv[1], name='lb', url='http://lb.test')
assert [c['name'] for c in added.consumers] == ['lb'], added.consumers
barbican.containers.remove_consumer(sys.argv[1], name='lb', url='http://lb.test')
assert not barbican.containers.get(sys.argv[1]).consumers
assert barbican.secrets.total() >= 3
PYTHON
}

trap finish EXIT
need_client python3-openstackclient python3-barbicanclient openssl
need_cloud
payloads
containers
orders
acls
consumers
