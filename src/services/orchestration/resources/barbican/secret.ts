import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';
import { keyOf, Things } from '../rest/collection.ts';
import { between, NEEDED, oneOf, text } from '../rest/fields.ts';
import { restType, type RestKind } from '../rest/rest-type.ts';
import type { Fields } from '../rest/field.ts';
import { active, CONTAINERS, ORDERS, SECRETS } from './collections.ts';

const EXPIRATION = text('When it ends.', { constraints: [{ custom_constraint: 'expiration' }] });
const ALGORITHM = text('The algorithm that it is for.');
const BITS = between(0, undefined, 'The length in bits.');
const MODE = text('The mode of the algorithm.');

const payloadOf = async ({ cloud }: ResourceRun, ref: string): Promise<Json> => {
  const { body } = await new Things(cloud, SECRETS).call({
    method: 'GET',
    path: `/${keyOf(ref)}/payload`,
    headers: { accept: 'text/plain, application/octet-stream, */*' },
  });
  return body as Json;
};

export const secret = restType({
  name: 'OS::Barbican::Secret',
  description: 'A secret: a key, a password, a certificate.',
  collection: SECRETS,
  fields: {
    name: text('Its name.'),
    payload: text('The secret itself.', { hidden: true }),
    payload_content_type: oneOf(['text/plain', 'application/octet-stream'], 'What the payload is.'),
    payload_content_encoding: oneOf(['base64'], 'How the payload is written.'),
    secret_type: oneOf(
      ['symmetric', 'public', 'private', 'certificate', 'passphrase', 'opaque'],
      'What kind of secret it is.',
      { default: 'opaque' },
    ),
    mode: MODE,
    expiration: EXPIRATION,
    algorithm: ALGORITHM,
    bit_length: BITS,
  },
  attributes: { status: 'The status of the secret.', decrypted_payload: 'The decrypted secret payload.' },
  derived: { decrypted_payload: (run, thing) => payloadOf(run, textOf(thing['secret_ref'])) },
});

const META: Fields = {
  name: text('The name of what is made.'),
  payload_content_type: text('What the payload is.', { default: 'application/octet-stream' }),
  mode: MODE,
  expiration: EXPIRATION,
  algorithm: ALGORITHM,
  bit_length: BITS,
  pass_phrase: text('What protects the private key.', { hidden: true }),
  request_type: oneOf(
    ['stored-key', 'simple-cmc', 'custom', 'full-cmc'],
    'How the certificate is asked for.',
  ),
  subject_dn: text('Whom the certificate is for.'),
  source_container_ref: text('The container with the keys of the certificate.', {
    constraints: [{ custom_constraint: 'barbican.container' }],
  }),
  ca_id: text('The authority that is asked.'),
  profile: text('The profile of the authority.'),
  request_data: text('The request for a certificate.'),
};
const NAMES_OF_META: { readonly [property: string]: string } = { source_container_ref: 'container_ref' };

/** The secret of this name in what was made. */
const part =
  (name: string): NonNullable<RestKind['derived']>[string] =>
  async (run, order) => {
    const container = order['container_ref'];
    if (typeof container !== 'string') return null;
    const { secret_refs: refs = [] } = await new Things(run.cloud, CONTAINERS).get(container);
    const found = (refs as readonly JsonMap[]).find((one) => one['name'] === name);
    return found ? payloadOf(run, textOf(found['secret_ref'])) : null;
  };

export const order = restType({
  name: 'OS::Barbican::Order',
  description: 'Has secrets made.',
  collection: ORDERS,
  mark: null,
  fields: {
    ...Object.fromEntries(Object.entries(META).map(([name, field]) => [name, { ...field, wire: null }])),
    type: oneOf(['key', 'asymmetric', 'certificate'], 'What is to be made.', NEEDED),
  },
  attributes: {
    status: 'The status of the order.',
    order_ref: 'The URI to the order.',
    secret_ref: 'The URI to the created secret.',
    container_ref: 'The URI to the created container.',
    public_key: 'The payload of the created public key, if available.',
    private_key: 'The payload of the created private key, if available.',
    certificate: 'The payload of the created certificate, if available.',
    intermediates: 'The payload of the created intermediates, if available.',
  },
  derived: {
    public_key: part('public_key'),
    private_key: part('private_key'),
    certificate: part('certificate'),
    intermediates: part('intermediates'),
  },
  shape(body, { properties, resource }) {
    const said = Object.keys(META).flatMap((name) => {
      const value = properties[name];
      return value === undefined ? [] : [[NAMES_OF_META[name] ?? name, value]];
    });
    return { ...body, meta: { name: resource.physicalName, ...(Object.fromEntries(said) as JsonMap) } };
  },
  atRest: active,
});
