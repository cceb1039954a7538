import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { BACKUPS, VOLUMES } from '../cinder/collections.ts';
import { AT_REST, backedUp } from '../cinder/volume.ts';
import { between, listOf, mapOf, NEEDED, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';

/** Key and value, as EC2 has them. */
export const TAGS = listOf(
  mapOf({ Key: text('The key.', NEEDED), Value: text('The value.', NEEDED) }),
  'What is said of it besides.',
);

const FIXED = { immutable: true } as const;

export const volume = backedUp(
  restType({
    name: 'AWS::EC2::Volume',
    description: 'A disk of the network.',
    collection: VOLUMES,
    mark: 'name',
    fields: {
      AvailabilityZone: text('Where it is.', { ...NEEDED, ...FIXED, wire: 'availability_zone' }),
      Size: between(1, undefined, 'The size in GiB.', { ...FIXED, wire: 'size' }),
      SnapshotId: ref(BACKUPS, 'The backup that it is made from.', { ...FIXED, wire: 'backup_id' }),
      Tags: { ...TAGS, ...FIXED, wire: 'metadata', write: byKey },
    },
    shape(body, { properties: { Size: size, SnapshotId: backup } }) {
      if (size === undefined && backup === undefined)
        throw badRequest('If "SnapshotId" is not provided, "Size" must be specified.', {
          code: 'StackValidationFailed',
        });
      return body;
    },
    atRest: AT_REST,
    goesSlowly: true,
  }),
);

function byKey(tags: Json): Json {
  const pairs = tags as readonly JsonMap[];
  return Object.fromEntries(
    pairs.map(({ Key: key, Value: value }) => [textOf(key ?? ''), textOf(value ?? '')]),
  );
}
