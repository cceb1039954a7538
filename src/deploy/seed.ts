import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBusybox, buildHello } from '#oci/standard-images.ts';
import { CloudClient } from '../sdk/client.ts';
import type { SeedOptions } from './host/setup-cloud.ts';

const BUSYBOX = '/bin/busybox';

/** The first networks and images, through the public APIs. What is there under its name is left as it is. */
export async function seedCloud(options: SeedOptions): Promise<void> {
  const credentials = {
    username: 'admin',
    password: options.adminPassword,
    projectName: 'admin',
    domainId: 'default',
  };
  const client = await CloudClient.signIn({ baseUrl: options.baseUrl, credentials, region: options.region });
  await seedImages(client);
  await seedNetworks(client, options.externalNetwork);
}

async function seedImages(client: CloudClient): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-seed-'));
  try {
    await ensureImage(client, 'hello', (path) => buildHello(path, BUSYBOX), join(directory, 'hello.tar'));
    await ensureImage(
      client,
      'busybox',
      (path) => buildBusybox(path, BUSYBOX),
      join(directory, 'busybox.tar'),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** An image whose upload was cut off is `queued`, and is filled now. */
async function ensureImage(
  client: CloudClient,
  name: string,
  build: (path: string) => Promise<unknown>,
  path: string,
): Promise<void> {
  const { images } = await client.get<{ images: { id: string; status: string }[] }>(
    'image',
    `/v2/images?name=${name}&visibility=public`,
  );
  if (images.some((image) => image.status === 'active')) return;
  const record = { name, container_format: 'docker', disk_format: 'raw', visibility: 'public' };
  const id = images[0]?.id ?? (await client.post<{ id: string }>('image', '/v2/images', record)).id;
  await build(path);
  await client.upload('image', `/v2/images/${id}/file`, await openAsBlob(path));
}

async function seedNetworks(client: CloudClient, external: SeedOptions['externalNetwork']): Promise<void> {
  const outside = await ensure(client, 'network', { name: 'public', 'router:external': true });
  await ensure(client, 'subnet', {
    name: 'public-v4',
    network_id: outside,
    ip_version: 4,
    cidr: external.cidr,
    gateway_ip: external.gateway,
    enable_dhcp: false,
  });
  const inside = await ensure(client, 'network', { name: 'private' });
  const v4 = await ensure(client, 'subnet', {
    name: 'private-v4',
    network_id: inside,
    ip_version: 4,
    cidr: '10.0.0.0/24',
  });
  const v6 = await ensure(client, 'subnet', {
    name: 'private-v6',
    network_id: inside,
    ip_version: 6,
    cidr: 'fd00:68:79:1::/64',
    ipv6_address_mode: 'slaac',
    ipv6_ra_mode: 'slaac',
  });
  const router = await ensure(client, 'router', {
    name: 'private',
    external_gateway_info: { network_id: outside },
  });
  for (const subnet of [v4, v6]) await ensureInterface(client, router, subnet);
}

/** The id of the object of that name in the caller's project, made if there is none. */
async function ensure(
  client: CloudClient,
  noun: string,
  wanted: { readonly name: string } & Record<string, unknown>,
): Promise<string> {
  const url = `/v2.0/${noun}s`;
  const listed = await client.get<Record<string, { id: string }[]>>('network', `${url}?name=${wanted.name}`);
  const found = listed[`${noun}s`]?.[0];
  if (found) return found.id;
  const made = await client.post<Record<string, { id: string }>>('network', url, { [noun]: wanted });
  return made[noun]?.id ?? '';
}

async function ensureInterface(client: CloudClient, router: string, subnet: string): Promise<void> {
  const { ports } = await client.get<{ ports: { fixed_ips: { subnet_id: string }[] }[] }>(
    'network',
    `/v2.0/ports?device_id=${router}`,
  );
  if (ports.some((port) => port.fixed_ips.some((ip) => ip.subnet_id === subnet))) return;
  await client.put('network', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
}
