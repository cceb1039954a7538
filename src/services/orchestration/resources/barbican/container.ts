import { listOf, mapOf, NEEDED, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { active, CONTAINERS } from './collections.ts';

const REF = (description: string) =>
  text(description, { wire: null, constraints: [{ custom_constraint: 'barbican.secret' }] });

/** A container of one type: secrets under the names that the type knows, each from the property `<name>_ref`. */
const container = (name: string, type: string, parts: readonly string[]) =>
  restType({
    name: `OS::Barbican::${name}`,
    description: 'Secrets that belong together.',
    collection: CONTAINERS,
    fields: {
      name: text('Its name.'),
      ...Object.fromEntries(parts.map((one) => [`${one}_ref`, REF(`The secret that is the ${one}.`)])),
    },
    attributes: CONTAINER_ATTRIBUTES,
    shape: (body, { properties }) => ({
      ...body,
      type,
      secret_refs: parts.flatMap((one) => {
        const secret_ref = properties[`${one}_ref`];
        return secret_ref === undefined ? [] : [{ name: one, secret_ref }];
      }),
    }),
    atRest: active,
  });

const CONTAINER_ATTRIBUTES = {
  status: 'The status of the container.',
  container_ref: 'The URI to the container.',
  secret_refs: 'The URIs to secrets stored in container.',
  consumers: 'The URIs to container consumers.',
};

export const rsaContainer = container('RSAContainer', 'rsa', [
  'private_key',
  'private_key_passphrase',
  'public_key',
]);
export const certificateContainer = container('CertificateContainer', 'certificate', [
  'certificate',
  'private_key',
  'private_key_passphrase',
  'intermediates',
]);

export const genericContainer = restType({
  name: 'OS::Barbican::GenericContainer',
  description: 'Secrets that belong together, under any names.',
  collection: CONTAINERS,
  fields: {
    name: text('Its name.'),
    secrets: listOf(
      mapOf({
        name: text('The name of the secret.', NEEDED),
        ref: { ...REF('The secret.'), ...NEEDED, wire: 'secret_ref' },
      }),
      'The secrets.',
      { wire: 'secret_refs' },
    ),
  },
  attributes: CONTAINER_ATTRIBUTES,
  shape: (body) => ({ ...body, type: 'generic' }),
  atRest: active,
});
