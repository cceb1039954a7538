import { isoTime } from '#kernel/clock.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { nameUuid } from '#kernel/ids.ts';
import type { Namespace } from './model/metadef.ts';
import type { CreateNamespaceBody } from './schema/metadef.ts';
import type { ImageDeps } from './service/deps.ts';
import { wholeOf } from './service/metadef-namespaces.ts';
import { associationStore } from './store/metadef-associations.ts';
import { itemStore } from './store/metadef-items.ts';
import { namespaceStore } from './store/metadef-namespaces.ts';
import type { ImageTables } from './tables.ts';

const ID_SPACE = '2e4d9c6e-8f3b-4f7a-9a63-0d8f5d3f6b11';
const IMAGE = { name: 'OS::Glance::Image' };
const VOLUME = { name: 'OS::Cinder::Volume', properties_target: 'image' };

/** What images say of themselves that people and clients go by. What Hydria itself reads of them joins when it does. */
const STANDARD: readonly CreateNamespaceBody[] = [
  {
    namespace: 'Hydria::OperatingSystem',
    display_name: 'Operating system',
    description: 'What is installed in the image.',
    resource_type_associations: [IMAGE, VOLUME],
    properties: {
      os_distro: {
        title: 'Distribution',
        type: 'string',
        description: 'Name in lower case, such as debian.',
      },
      os_version: {
        title: 'Version',
        type: 'string',
        description: 'As the distribution writes it, such as 12.',
      },
      os_admin_user: {
        title: 'Administrator',
        type: 'string',
        description: 'User in whose name the system is administrated.',
      },
      architecture: {
        title: 'Architecture',
        type: 'string',
        description: 'Of the processor that the image is made for.',
        enum: ['x86_64', 'aarch64'],
      },
    },
  },
  {
    namespace: 'Hydria::Origin',
    display_name: 'Origin',
    description: 'What an image was made of.',
    resource_type_associations: [IMAGE],
    properties: {
      image_type: {
        title: 'Kind',
        type: 'string',
        description: 'image or snapshot.',
        enum: ['image', 'snapshot'],
      },
      base_image_ref: {
        title: 'Base image',
        type: 'string',
        description: 'Id of the image that the snapshot goes back to.',
      },
      instance_uuid: {
        title: 'Machine',
        type: 'string',
        description: 'Id of the machine that the snapshot is of.',
      },
    },
  },
];

/** The definitions that come with Hydria, once: a namespace that is there is left as it is. */
export const seedMetadefs = ({ database, clock }: Pick<ImageDeps, 'database' | 'clock'>): Reconciler => ({
  name: 'image.seed-metadefs',
  every: Infinity,
  async run() {
    const now = isoTime(clock.now());
    for (const body of STANDARD) {
      const db: Db<ImageTables> = database.handle();
      if (await namespaceStore.find(db, body.namespace)) continue;
      const { items, associations } = wholeOf(standardNamespace(body, now), body);
      await database.transaction<ImageTables, void>(async (tx) => {
        await namespaceStore.insert(tx, standardNamespace(body, now));
        await itemStore.insert(tx, items);
        for (const association of associations) await associationStore.put(tx, association);
      });
    }
  },
});

const standardNamespace = (body: CreateNamespaceBody, now: string): Namespace => ({
  id: nameUuid(ID_SPACE, body.namespace),
  name: body.namespace,
  displayName: body.display_name ?? null,
  description: body.description ?? null,
  visibility: 'public',
  protected: true,
  owner: 'hydria',
  createdAt: now,
  updatedAt: now,
});
