import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import type { RemoteConfig } from '#kernel/config.ts';
import { badRequest } from '#kernel/errors.ts';
import type { CatalogEntry, Reconciler } from '#kernel/http/service.ts';
import type { Logger } from '#kernel/log.ts';
import { RemoteIdentityPort } from '#services/identity/port.http.ts';
import { RemoteImagePort } from '#services/image/port.http.ts';
import { createRemoteNetwork } from '#services/network/remote.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { OpenStackAccess } from './openstack/cloud-entry.ts';
import { Neutron } from './openstack/neutron.ts';
import { ensureRegistered } from './openstack/registration.ts';
import { OpenStackSession } from './openstack/session.ts';

export interface NeighbourDeps {
  readonly config: {
    readonly remote?: RemoteConfig;
    readonly region: string;
    readonly http: { readonly publicUrl: string };
  };
  readonly secrets: { readonly remotePassword?: string };
  readonly nodes: Pick<NodePort, 'put'>;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Search domain of networks that have none. */
const DOMAIN = 'openstacklocal.';
/** Seconds between looks at the catalogue: somebody may have changed it, or Keystone was away. */
const LOOK_EVERY = 60;

/**
 * Identity, images and networks of an OpenStack that is there, beside which the container service is alone. undefined = there is none.
 * @throws CloudError `bad-request` without a password
 */
export function remoteNeighbours({ config, secrets, nodes, directory, clock, log }: NeighbourDeps) {
  const { remote, region, http } = config;
  if (!remote) return undefined;
  if (secrets.remotePassword === undefined)
    throw badRequest('With `remote` in config.yaml, secrets.yaml must have `remotePassword`.');
  const access = accessTo(remote, region, secrets.remotePassword);
  const session = new OpenStackSession({ access, clock });
  const neutron = new Neutron(session);
  return {
    identity: { port: new RemoteIdentityPort({ session, clock }) },
    images: new RemoteImagePort({ session, directory: join(directory, 'remote-images') }),
    network: createRemoteNetwork({ neutron, nodes, log, domain: DOMAIN }),
    /** Makes us known there, at the start and whenever it is not so any more. */
    registration: ({ types: [type = ''], name, path }: CatalogEntry): Reconciler => ({
      name: 'registration',
      every: LOOK_EVERY,
      run: () => ensureRegistered(session, { type, name, region, url: `${http.publicUrl}${path}` }),
    }),
  };
}

function accessTo(
  { identity, image, network }: RemoteConfig,
  region: string,
  password: string,
): OpenStackAccess {
  const { url, username, project, userDomain = 'Default', projectDomain = 'Default' } = identity;
  const base = url.replace(/\/+$/, '').replace(/\/v3$/, '');
  const user = { name: username, password, domain: { name: userDomain } };
  return {
    authUrl: base,
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: project, domain: { name: projectDomain } } },
    },
    region,
    interface: identity.interface ?? 'internal',
    endpoints: {
      identity: `${base}/v3`,
      ...(image ? { image: image.url.replace(/\/+$/, '') } : {}),
      ...(network ? { network: network.url.replace(/\/+$/, '') } : {}),
    },
  };
}
