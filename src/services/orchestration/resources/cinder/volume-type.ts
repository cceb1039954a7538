import type { JsonMap } from '../../template/json.ts';
import { PROJECTS } from '../keystone/collections.ts';
import type { ResourceRun } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { flag, listOf, LIVE, map, NEEDED, ref, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';
import { VOLUME_TYPES } from './collections.ts';

export const volumeType = restType({
  name: 'OS::Cinder::VolumeType',
  description: 'A kind of volumes.',
  collection: VOLUME_TYPES,
  fields: {
    name: text('Its name.', { ...NEEDED, ...LIVE }),
    metadata: map('The extra specs of the type.', { ...LIVE, wire: null }),
    is_public: flag('Whether every project may use it.', {
      ...LIVE,
      default: true,
      wire: 'os-volume-type-access:is_public',
    }),
    description: text('Any text.', LIVE),
    projects: listOf(ref(PROJECTS, 'A project.'), 'Projects that may use it, if it is not public.', {
      ...LIVE,
      default: [],
      wire: null,
    }),
  },
  shape(body, _run, changed) {
    const { 'os-volume-type-access:is_public': isPublic, ...rest } = body;
    return changed && isPublic !== undefined ? { ...rest, is_public: isPublic } : body;
  },
  async complete(run, id, changed) {
    if (changed?.has('metadata') ?? true) await bringSpecs(run, id);
    if (changed?.has('projects') ?? true) await bringAccess(run, id);
  },
});

async function bringSpecs({ properties, cloud }: ResourceRun, id: string): Promise<void> {
  const types = new Things(cloud, VOLUME_TYPES);
  const extra_specs = (properties['metadata'] ?? {}) as JsonMap;
  const there = ((await types.get(id))['extra_specs'] ?? {}) as JsonMap;
  const surplus = Object.keys(there).filter((key) => !Object.hasOwn(extra_specs, key));
  for (const key of surplus)
    await gone(types.call({ method: 'DELETE', path: `/${id}/extra_specs/${encodeURIComponent(key)}` }));
  if (Object.keys(extra_specs).length > 0)
    await types.call({ method: 'POST', path: `/${id}/extra_specs`, body: { extra_specs } });
}

async function bringAccess(run: ResourceRun, id: string): Promise<void> {
  const { properties, resource, cloud } = run;
  const projects = new Things(cloud, PROJECTS);
  const named = (properties['projects'] ?? []) as readonly string[];
  const wanted = await Promise.all(named.map((name) => projects.idOf(name)));
  const before = (resource.data['projects'] ?? []) as readonly string[];
  const act = (action: string, project: string) =>
    new Things(cloud, VOLUME_TYPES).call({
      method: 'POST',
      path: `/${id}/action`,
      body: { [action]: { project } },
    });
  for (const project of before.filter((one) => !wanted.includes(one)))
    await gone(act('removeProjectAccess', project));
  for (const project of wanted.filter((one) => !before.includes(one))) await act('addProjectAccess', project);
  if (wanted.length + before.length > 0) await run.keep({ projects: wanted });
}
