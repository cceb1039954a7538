import type { Json, JsonMap } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';
import { Things, type Collection } from '../rest/collection.ts';
import { between, flag, list, LIVE, map, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { byStatus, restType } from '../rest/rest-type.ts';

export const IMAGES: Collection = {
  service: 'image',
  path: '/v2/images',
  list: 'images',
  member: null,
  change: 'PATCH',
  born: 'created_at',
  constraint: 'glance.image',
};

const PATCH_TYPE = 'application/openstack-images-v2.1-json-patch';
/** What is sent at creation and changed by a patch. */
const SENT = [
  'name',
  'visibility',
  'min_disk',
  'min_ram',
  'protected',
  'tags',
  'architecture',
  'kernel_id',
  'ramdisk_id',
  'os_distro',
  'os_version',
  'owner',
];

export const webImage = restType({
  name: 'OS::Glance::WebImage',
  description: 'An image that is fetched from a URL.',
  collection: IMAGES,
  fields: {
    name: text('Its name.', LIVE),
    id: text('Its id.'),
    visibility: oneOf(['public', 'private', 'community', 'shared'], 'Who may use it.', {
      ...LIVE,
      default: 'private',
    }),
    min_disk: between(0, undefined, 'GiB of disk that it needs.', { ...LIVE, default: 0 }),
    min_ram: between(0, undefined, 'MiB of memory that it needs.', { ...LIVE, default: 0 }),
    protected: flag('Whether it cannot be deleted.', { ...LIVE, default: false }),
    disk_format: oneOf(
      ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'],
      'The format of the disk.',
      NEEDED,
    ),
    container_format: oneOf(
      ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker'],
      'What is around the disk.',
      NEEDED,
    ),
    location: text('Where it is fetched from.', { ...NEEDED, wire: null }),
    tags: list('Words to find it by.', { ...LIVE, reset: [] }),
    architecture: text('The processor that it is for.', LIVE),
    kernel_id: ref(IMAGES, 'The image with the kernel.', LIVE),
    ramdisk_id: ref(IMAGES, 'The image with the first files.', LIVE),
    os_distro: text('The system on it.', LIVE),
    os_version: text('The version of the system.', LIVE),
    owner: text('Whose it is.', LIVE),
    extra_properties: map('Further properties.', { ...LIVE, default: {}, wire: null }),
    active: flag('Whether it can be used.', { ...LIVE, default: true, wire: null }),
  },
  shape: (body, { properties }, changed) =>
    changed ? {} : { ...body, ...((properties['extra_properties'] ?? {}) as JsonMap) },
  async complete(run, id, changed) {
    if (changed) await patch(run, id, changed);
    else await fetchData(run, id);
  },
  atRest: byStatus(['queued', 'saving', 'importing', 'uploading'], ['killed', 'deleted', 'pending_delete']),
});

/** Asked for once: an image that is fetched already is left alone. */
async function fetchData({ cloud, properties }: ResourceRun, id: string): Promise<void> {
  const images = new Things(cloud, IMAGES);
  if ((await images.get(id))['status'] !== 'queued') return;
  const method = { name: 'web-download', uri: properties['location'] ?? null };
  await images.call({ method: 'POST', path: `/${id}/import`, body: { method } });
}

async function patch(
  { cloud, properties, resource }: ResourceRun,
  id: string,
  changed: ReadonlySet<string>,
): Promise<void> {
  const images = new Things(cloud, IMAGES);
  const there = await images.get(id);
  const own: JsonMap = { name: resource.physicalName, tags: [] };
  const wanted = Object.fromEntries(
    SENT.filter((name) => changed.has(name)).map((name) => [name, properties[name] ?? own[name] ?? null]),
  );
  const extra = changed.has('extra_properties') ? ((properties['extra_properties'] ?? {}) as JsonMap) : {};
  const steps = Object.entries({ ...wanted, ...extra }).flatMap(([name, value]) =>
    stepFor(there, name, value),
  );
  if (steps.length > 0)
    await images.call({
      method: 'PATCH',
      path: `/${id}`,
      body: steps,
      headers: { 'content-type': PATCH_TYPE },
    });
  if (changed.has('active'))
    await images.call({
      method: 'POST',
      path: `/${id}/actions/${properties['active'] === false ? 'de' : 're'}activate`,
    });
}

function stepFor(there: JsonMap, name: string, value: Json): JsonMap[] {
  const known = Object.hasOwn(there, name);
  if (value === null) return known ? [{ op: 'remove', path: `/${name}` }] : [];
  return [{ op: known ? 'replace' : 'add', path: `/${name}`, value }];
}
