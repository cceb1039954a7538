import { systemClock } from '#kernel/clock.ts';
import type { KuryrConfig } from '#kernel/config.ts';
import { unavailable } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { readAccess } from '#src/openstack/access.ts';
import { Neutron } from '#src/openstack/neutron.ts';
import { OpenStackSession } from '#src/openstack/session.ts';
import type { Binding } from './binding.ts';
import { cniMethods } from './cni/methods.ts';
import { cniFault } from './cni/request.ts';
import { IpamDriver } from './ipam-driver.ts';
import { dockerMethods, type Method } from './methods.ts';
import { RemoteNetworkDriver } from './network-driver.ts';
import { servePlugin, type Place } from './server.ts';

export interface KuryrParts {
  readonly config: KuryrConfig;
  readonly binding: Binding;
  readonly log: Logger;
}

const DOCKER_SOCKET = '/run/docker/plugins/kuryr.sock';
const CNI_SOCKET = '/run/hydria/cni.sock';
const CLOUD = 'hydria';

/** Serves Docker and CNI. It asks Neutron nothing before it is asked itself. @returns how to stop */
export async function startKuryr({ config, binding, log }: KuryrParts): Promise<() => Promise<void>> {
  const access = await readAccess(config.clouds, config.cloud ?? CLOUD);
  const neutron = new Neutron(new OpenStackSession({ access, clock: systemClock }));
  const network = new RemoteNetworkDriver({ neutron, binding });
  const docker = dockerMethods({ network, ipam: new IpamDriver(neutron), scope: config.scope ?? 'local' });
  const isFit = fitness(neutron);
  const stops = [
    await servePlugin({ methods: checkFirst(docker, isFit), log }, dockerPlace(config)),
    await servePlugin(
      { methods: cniMethods({ neutron, binding }), fault: cniFault, log },
      { socket: config.cniSocket ?? CNI_SOCKET },
    ),
  ];
  log.info({ host: binding.host }, 'kuryr is ready');
  return async () => void (await Promise.all(stops.map((stop) => stop())));
}

const dockerPlace = ({ socket, listen }: KuryrConfig): Place =>
  listen ? { ...listen, spec: listen.spec ?? null } : { socket: socket ?? DOCKER_SOCKET };

/** Docker introduces itself while nothing of Neutron may be up yet; everything else needs a Neutron that can do it. */
function checkFirst(
  methods: Readonly<Record<string, Method>>,
  isFit: () => Promise<void>,
): Readonly<Record<string, Method>> {
  const needs = (name: string) => !/Activate$|\.Get|\.Discover/.test(name);
  const checked =
    (act: Method): Method =>
    (body, query) =>
      isFit().then(() => act(body, query));
  return Object.fromEntries(
    Object.entries(methods).map(([name, act]) => [name, needs(name) ? checked(act) : act]),
  );
}

const NEEDED: readonly (readonly string[])[] = [['subnet_allocation'], ['standard-attr-tag', 'tag-ext']];

/** Asked until the answer is yes, then never again. @throws CloudError `unavailable` that names what Neutron lacks. */
export function fitness(neutron: Neutron): () => Promise<void> {
  let fit = false;
  return async () => {
    if (fit) return;
    const present = await neutron.extensions();
    const missing = NEEDED.find((aliases) => !aliases.some((alias) => present.has(alias)));
    if (missing) throw unavailable(`Kuryr needs Neutron's extension ${missing.join(' or ')}.`);
    fit = true;
  };
}
