import { badRequest } from '#kernel/errors.ts';
import type { OpenGroup, OpenPort } from '#services/network/port.ts';
import type { Container } from './container.ts';

const LAST_PORT = 65_535;

/** `{"80": {}, "53/udp": {}}` as Zun's users write it. @throws CloudError `bad-request` for a number that is no port. */
export function readExposedPorts(exposed: Readonly<Record<string, unknown>> | null | undefined): OpenPort[] {
  return Object.keys(exposed ?? {}).map((text) => {
    const [number = '', protocol = 'tcp'] = text.split('/');
    const port = Number(number);
    if (port < 1 || port > LAST_PORT)
      throw badRequest(`Invalid input for field exposed_ports: ${text} is no port.`);
    return { protocol: protocol === 'udp' ? 'udp' : 'tcp', port };
  });
}

/** By this name Zun's users know it. */
export const exposedGroupName = (containerId: string): string => `zun-${containerId}`;

/** The group of a container that exposes ports; null for one that does not. */
export const exposedGroup = ({ id, settings }: Pick<Container, 'id' | 'settings'>): OpenGroup | null =>
  settings.exposedPorts?.length
    ? { name: exposedGroupName(id), description: `Ports of container ${id}`, ports: settings.exposedPorts }
    : null;
