import type { Db } from '#kernel/db/database.ts';
import { notFound } from '#kernel/errors.ts';
import type { ControlMethods } from '#node/protocol.ts';
import { parseReference } from '#oci/registry/reference.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import { sealContext, type Registry } from '../model/registry.ts';
import { containerStore } from '../store/containers.ts';
import { hostImageStore } from '../store/images.ts';
import { registryStore } from '../store/registries.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';

type Deps = Pick<ContainerDeps, 'database' | 'vault' | 'containerImages'>;
type Login = ControlMethods['registry.login']['answer'];

/** Logins for the images of containers: for the node alone that has the container, when it pulls. */
export const answerRegistries = (nodes: NodeQuestions, deps: Deps): void =>
  nodes.answer('registry.login', ({ host }, { container }) => findLogin(deps, host, container));

/** Of what pulls an image there: which, for whom, and the registry that the user named. */
interface Pull {
  readonly reference: string;
  readonly projectId: string;
  readonly registryId: string | null;
}

/** The registry that the user named, else the project's own at that place, else the cloud's. */
async function findLogin(deps: Deps, host: string, id: string): Promise<Login> {
  const db = deps.database.handle<ContainerTables>();
  const pull = (await pullOfContainer(db, host, id)) ?? (await pullOfImage(db, host, id));
  if (!pull) throw notFound(`There is no container ${id} on this node that pulls an image.`);
  const { projectId, registryId } = pull;
  const { domain } = parseReference(pull.reference, null);
  const registry =
    registryId === null
      ? await registryStore.findLogin(db, projectId, domain)
      : await registryStore.find(db, registryId);
  return registry ? openLogin(deps, pull, { registry, domain }) : cloudLogin(deps, domain);
}

async function pullOfContainer(db: Db<ContainerTables>, host: string, id: string): Promise<Pull | undefined> {
  const container = await containerStore.find(db, id);
  const image = container?.placement.image;
  if (!container?.desired || container.host !== host || !image || !('reference' in image)) return undefined;
  const { projectId, settings } = container;
  return { reference: image.reference, projectId, registryId: settings.registryId ?? null };
}

async function pullOfImage(db: Db<ContainerTables>, host: string, id: string): Promise<Pull | undefined> {
  const found = await hostImageStore.find(db, id);
  if (!found?.image || found.host !== host || !('reference' in found.image)) return undefined;
  return { reference: found.image.reference, projectId: found.projectId, registryId: null };
}

/** A registry that has meanwhile been given another domain gets its password to nowhere else. */
async function openLogin(
  { vault }: Deps,
  { projectId }: Pull,
  { registry, domain }: { registry: Registry; domain: string },
): Promise<Login> {
  const { id, username, password } = registry;
  if (username === null || registry.domain !== domain || registry.projectId !== projectId) return null;
  const opened = password === null ? '' : (await vault.open(projectId, password, sealContext(id))).toString();
  return { username, password: opened };
}

function cloudLogin({ containerImages }: Deps, domain: string): Login {
  const login = containerImages.logins.find((known) => known.domain === domain);
  return login ? { username: login.username, password: login.password } : null;
}
