import { badRequest, CloudError } from '#kernel/errors.ts';
import { textOf, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, Things, type Thing } from '../rest/collection.ts';
import { between, flag, LIVE, map, ref, text } from '../rest/fields.ts';
import { byStatus, restType, type RestKind } from '../rest/rest-type.ts';
import { IMAGES } from '../glance/web-image.ts';
import { BACKUPS, SNAPSHOTS, VOLUME_TYPES, VOLUMES } from './collections.ts';

const SHOWN = {
  availability_zone: 'The availability zone in which the volume is located.',
  size: 'The size of the volume in GB.',
  snapshot_id: 'The snapshot the volume was created from, if any.',
  display_name: 'Name of the volume.',
  display_description: 'Description of the volume.',
  volume_type: 'The type of the volume mapping to a backend, if any.',
  metadata: 'Key/value pairs associated with the volume.',
  source_volid: 'The volume used as source, if any.',
  status: 'The current status of the volume.',
  created_at: 'The timestamp indicating volume creation.',
  bootable: 'Boolean indicating if the volume can be booted or not.',
  metadata_values: 'Key/value pairs associated with the volume in raw dict form.',
  encrypted: 'Boolean indicating if the volume is encrypted or not.',
  attachments: 'A string representation of the list of attachments of the volume.',
  attachments_list: 'The list of attachments of the volume.',
  multiattach: 'Boolean indicating whether allow the volume to be attached more than once.',
};

export const AT_REST = byStatus(
  ['creating', 'downloading', 'restoring-backup', 'extending', 'retyping'],
  ['error', 'error_restoring', 'error_extending', 'error_managing'],
);

const kind: RestKind = {
  name: 'OS::Cinder::Volume',
  description: 'A disk of the network.',
  collection: VOLUMES,
  fields: {
    availability_zone: text('Where the volume is.'),
    size: between(1, undefined, 'The size in GiB. It can only grow.', LIVE),
    snapshot_id: ref(SNAPSHOTS, 'The snapshot that the volume is made from.'),
    backup_id: ref(BACKUPS, 'The backup that the volume is made from.', LIVE),
    name: text('Its name.', LIVE),
    description: text('Any text.', LIVE),
    volume_type: ref(VOLUME_TYPES, 'What kind of volume it is.', { ...LIVE }),
    metadata: map('Texts by names.', { ...LIVE, default: {} }),
    image: ref(IMAGES, 'The image that the volume is made from.', { wire: 'imageRef' }),
    source_volid: ref(VOLUMES, 'The volume that it is a copy of.'),
    scheduler_hints: map('Where it should be, or not be.', { wire: null }),
    read_only: flag('Whether it cannot be written to.', { ...LIVE, wire: null }),
    multiattach: flag('Whether several may have it at once.'),
  },
  attributes: SHOWN,
  derived: {
    display_name: (_, volume) => volume['name'] ?? null,
    display_description: (_, volume) => volume['description'] ?? null,
    metadata: (_, volume) => JSON.stringify(volume['metadata'] ?? {}),
    metadata_values: (_, volume) => volume['metadata'] ?? {},
    attachments: (_, volume) => JSON.stringify(volume['attachments'] ?? []),
    attachments_list: (_, volume) => volume['attachments'] ?? [],
  },
  shape: (body, run, changed) => (changed ? inPlace(body, changed) : checked(body, run)),
  async complete(run, id, changed) {
    if (changed?.has('read_only') ?? run.properties['read_only'] !== undefined) await setReadOnly(run, id);
    if (changed) await actOn(run, id, changed);
  },
  atRest: AT_REST,
  goesSlowly: true,
};

const SOURCES = ['image', 'snapshot_id', 'source_volid', 'backup_id'];

/** A volume is made from one thing at most, and has a size unless that tells it. */
function checked(body: JsonMap, { properties }: ResourceRun): JsonMap {
  const sources = SOURCES.filter((name) => properties[name] !== undefined);
  if (sources.length > 1)
    throw invalid(`Cannot define the following properties at the same time: ${sources.join(', ')}.`);
  if (properties['size'] === undefined && (sources.length === 0 || sources[0] === 'image'))
    throw invalid(
      'If neither "snapshot_id", "source_volid" nor "backup_id" is provided, "size" must be specified.',
    );
  return body;
}

const invalid = (message: string) => badRequest(message, { code: 'StackValidationFailed' });

/** What a plain update takes; the rest are actions. */
const inPlace = (body: JsonMap, changed: ReadonlySet<string>): JsonMap =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([name]) => changed.has(name) && ['name', 'description', 'metadata'].includes(name),
    ),
  );

const act = ({ cloud }: ResourceRun, id: string, action: JsonMap) =>
  new Things(cloud, VOLUMES).call({ method: 'POST', path: `/${id}/action`, body: action });

const setReadOnly = (run: ResourceRun, id: string) =>
  act(run, id, { 'os-update_readonly_flag': { readonly: run.properties['read_only'] ?? false } });

async function actOn(run: ResourceRun, id: string, changed: ReadonlySet<string>): Promise<void> {
  const { size, volume_type: type, backup_id: backup } = run.properties;
  const volume = await new Things(run.cloud, VOLUMES).get(id);
  if (changed.has('size') && size !== undefined) await resize(run, volume, Number(size));
  if (changed.has('volume_type') && type !== undefined)
    await act(run, id, { 'os-retype': { new_type: type, migration_policy: 'on-demand' } });
  if (changed.has('backup_id') && backup !== undefined)
    await new Things(run.cloud, BACKUPS).call({
      method: 'POST',
      path: `/${await new Things(run.cloud, BACKUPS).idOf(textOf(backup))}/restore`,
      body: { restore: { volume_id: id } },
    });
}

async function resize(run: ResourceRun, { id, size }: Thing, wanted: number): Promise<void> {
  if (wanted < Number(size)) throw badRequest('Shrinking volume is not supported.');
  if (wanted > Number(size)) await act(run, textOf(id), { 'os-extend': { new_size: wanted } });
}

/** By deletion policy `Snapshot` a backup of it is made before it goes. */
export const backedUp = (plain: ResourceType): ResourceType => ({
  ...plain,
  async remove(run) {
    if (run.resource.deletionPolicy === 'Snapshot' && run.resource.physicalId !== null)
      await beginBackup(plain, run);
    else await plain.remove(run);
  },
  async removed(run) {
    if (run.resource.data['backup'] !== undefined && !(await isBackedUp(plain, run))) return false;
    return (await plain.removed?.(run)) ?? true;
  },
});

export const volume = backedUp(restType(kind));

async function beginBackup(plain: ResourceType, run: ResourceRun): Promise<void> {
  const id = run.resource.physicalId ?? '';
  if (run.resource.data['backup'] !== undefined) return;
  const there = await gone(new Things(run.cloud, VOLUMES).get(id));
  if (there === undefined || !['available', 'in-use'].includes(textOf(there['status'])))
    return plain.remove(run);
  const backups = new Things(run.cloud, BACKUPS);
  const name = run.resource.physicalName;
  const [known] = await backups.list({ name });
  const backup = known ?? (await backups.create({ volume_id: id, name, force: true }));
  await run.keep({ backup: backups.idIn(backup) });
}

/** Once it is, the volume goes. */
async function isBackedUp(plain: ResourceType, run: ResourceRun): Promise<boolean> {
  if (run.resource.data['backedUp'] === true) return true;
  const { status, fail_reason: why } = await new Things(run.cloud, BACKUPS).get(
    String(run.resource.data['backup']),
  );
  if (status === 'error')
    throw new CloudError('internal', `The backup of the volume failed: ${textOf(why ?? 'Unknown')}`);
  if (status !== 'available') return false;
  await plain.remove(run);
  await run.keep({ backedUp: true });
  return false;
}
