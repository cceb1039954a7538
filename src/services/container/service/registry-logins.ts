import { notFound } from '#kernel/errors.ts';
import type { ControlMethods } from '#node/protocol.ts';
import { parseReference } from '#oci/registry/reference.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import { sealContext, type Registry } from '../model/registry.ts';
import { containerStore } from '../store/containers.ts';
import { registryStore } from '../store/registries.ts';
import type { ContainerTables } from '../tables.ts';
import type { Container } from '../model/container.ts';
import type { ContainerDeps } from './deps.ts';

type Deps = Pick<ContainerDeps, 'database' | 'vault' | 'containerImages'>;
type Login = ControlMethods['registry.login']['answer'];

/** Logins for the images of containers: for the node alone that has the container, when it pulls. */
export const answerRegistries = (nodes: NodeQuestions, deps: Deps): void =>
  nodes.answer('registry.login', ({ host }, { container }) => findLogin(deps, host, container));

/** The registry that the user named, else the project's own at that place, else the cloud's. */
async function findLogin(deps: Deps, host: string, id: string): Promise<Login> {
  const db = deps.database.handle<ContainerTables>();
  const container = await containerStore.find(db, id);
  const image = container?.placement.image;
  if (!container?.desired || container.host !== host || !image || !('reference' in image))
    throw notFound(`There is no container ${id} on this node that pulls an image.`);
  const { domain } = parseReference(image.reference, null);
  const { registryId = null } = container.settings;
  const registry =
    registryId === null
      ? await registryStore.findLogin(db, container.projectId, domain)
      : await registryStore.find(db, registryId);
  return registry ? openLogin(deps, container, { registry, domain }) : cloudLogin(deps, domain);
}

/** A registry that has meanwhile been given another domain gets its password to nowhere else. */
async function openLogin(
  { vault }: Deps,
  { projectId }: Container,
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
