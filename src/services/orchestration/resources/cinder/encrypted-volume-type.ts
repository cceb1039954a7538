import { CloudError } from '#kernel/errors.ts';
import { textOf, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { integer, LIVE, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { VOLUME_TYPES } from './collections.ts';

/** A type has one encryption at most: its id is that of the type. */
export const encryptedVolumeType: ResourceType = encryption();

function encryption(): ResourceType {
  const fields = {
    provider: text('What encrypts.', { ...NEEDED, ...LIVE }),
    control_location: oneOf(['front-end', 'back-end'], 'Where it is encrypted.', {
      ...LIVE,
      default: 'front-end',
    }),
    cipher: oneOf(['aes-xts-plain64', 'aes-cbc-essiv'], 'The cipher.', LIVE),
    key_size: integer('The length of the key in bits.', LIVE),
    volume_type: ref(VOLUME_TYPES, 'The type whose volumes are encrypted.', NEEDED),
  };
  const at = ({ cloud }: ResourceRun) => new Things(cloud, VOLUME_TYPES);
  const body = ({ properties }: ResourceRun) => {
    const { volume_type: _, ...encryption } = properties;
    return { encryption };
  };
  const isThere = async (run: ResourceRun, id: string) =>
    ((await at(run).call({ method: 'GET', path: `/${id}/encryption` })).body as JsonMap | null)?.[
      'encryption_id'
    ] !== undefined;
  return {
    name: 'OS::Cinder::EncryptedVolumeType',
    description: 'Encrypts the volumes of a type.',
    properties: fields,
    attributes: {},
    async create(run) {
      const id = await at(run).idOf(textOf(run.properties['volume_type']));
      if (!(run.again && (await isThere(run, id))))
        await at(run).call({ method: 'POST', path: `/${id}/encryption`, body: body(run) });
      return id;
    },
    async update(run) {
      const path = `/${run.resource.physicalId ?? ''}/encryption/provider`;
      await at(run).call({ method: 'PUT', path, body: body(run) });
    },
    async remove(run) {
      const id = run.resource.physicalId;
      if (id !== null) await gone(at(run).call({ method: 'DELETE', path: `/${id}/encryption/provider` }));
    },
    async check(run) {
      if (!(await isThere(run, run.resource.physicalId ?? '')))
        throw new CloudError('not-found', 'The volumes of the type are not encrypted.');
    },
  };
}
