import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { exec, start } from '#kernel/exec.ts';
import { silentLogger } from '#kernel/log.ts';
import { LayerStore } from '#oci/layer-store.ts';
import { DEFAULT_LIMITS, type ArchiveLimits } from '#oci/limits.ts';
import { RegistryPuller } from '#oci/registry/puller.ts';
import type { RegistryOptions } from '#oci/registry/settings.ts';
import { Skopeo } from '#oci/registry/skopeo.ts';
import { oci, tarOf, type OciOptions, type TestImage } from '#test/support/image-archives.ts';
import { until } from '#test/support/until.ts';

/** Who may pull where a registry asks: the password as it is, and as bcrypt has it. */
export const SOMEONE = { username: 'someone', password: 'correct horse' };
export const SOMEONES_LOGIN = {
  htpasswd: 'someone:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2',
  plain: `${SOMEONE.username}:${SOMEONE.password}`,
};

/** A machine that pulls: layers, blobs on their way, and logins, each in a directory of its own. */
export class PullingMachine implements AsyncDisposable {
  readonly directory: string;
  readonly memory: string;
  readonly layers: LayerStore;
  readonly puller: RegistryPuller;

  private constructor(at: { directory: string; memory: string }, registries: readonly RegistryOptions[]) {
    this.directory = at.directory;
    this.memory = at.memory;
    const limits: ArchiveLimits = DEFAULT_LIMITS;
    this.layers = new LayerStore({ directory: join(at.directory, 'images'), limits, clock: systemClock });
    this.puller = new RegistryPuller({
      skopeo: new Skopeo({ secrets: join(at.memory, 'logins'), registries }),
      directory: join(at.directory, 'pulls'),
      limits,
      clock: systemClock,
      log: silentLogger,
    });
  }

  static async start(...registries: readonly RegistryOptions[]): Promise<PullingMachine> {
    const directory = await mkdtemp(join(tmpdir(), 'hydria-pull-'));
    const memory = await mkdtemp('/dev/shm/hydria-pull-');
    const machine = new PullingMachine({ directory, memory }, registries);
    await machine.layers.recover();
    await machine.puller.recover();
    return machine;
  }

  /** The same directories in another process. */
  static at(
    at: { directory: string; memory: string },
    registries: readonly RegistryOptions[],
  ): PullingMachine {
    return new PullingMachine(at, registries);
  }

  /** The files of pulls that are under way or left over. */
  async leftovers(): Promise<readonly string[]> {
    const { stdout } = await exec(
      'find',
      [this.memory, join(this.directory, 'pulls'), join(this.directory, 'images/tmp'), '-type', 'f'],
      { okCodes: [0, 1] },
    );
    return stdout.split('\n').filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of [this.directory, this.memory]) await rm(path, { recursive: true, force: true });
  }
}

export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Puts an image in. @returns its digest */
  push(name: string, image: TestImage, options?: OciOptions): Promise<string>;
  /** The same from an OCI archive. */
  pushArchive(name: string, archive: string): Promise<string>;
}

export interface RegistryServerOptions {
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly ca: string };
  /** `user:password`, the password hashed by bcrypt, and plain for pushing. */
  readonly login?: { readonly htpasswd: string; readonly plain: string };
}

/** Debian's docker-registry on a port of its own. */
export async function startRegistry({ tls, login }: RegistryServerOptions = {}): Promise<RegistryServer> {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const file = (name: string) => join(directory, name);
  if (login) await writeFile(file('htpasswd'), `${login.htpasswd}\n`);
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: file('data') } },
    http: { addr: address, ...(tls && { tls: { certificate: tls.certificate, key: tls.key } }) },
    ...(login && { auth: { htpasswd: { realm: 'test', path: file('htpasswd') } } }),
  };
  await writeFile(file('config.yml'), JSON.stringify(config)); // which is YAML
  const server = start('docker-registry', ['serve', file('config.yml')], { stdio: 'ignore' });
  await until('the registry to listen', () => canConnect(address));
  let archives = 0;
  async function pushArchive(name: string, archive: string): Promise<string> {
    await exec('skopeo', [
      '--insecure-policy',
      'copy',
      '--all',
      '--quiet',
      '--dest-tls-verify=false',
      '--preserve-digests',
      '--digestfile',
      file('digest'),
      ...(login ? ['--dest-creds', login.plain] : []),
      `oci-archive:${archive}`,
      `docker://${address}/${name}`,
    ]);
    return (await readFile(file('digest'), 'utf8')).trim();
  }
  return {
    address,
    async push(name, image, options) {
      const archive = file(`${archives++}.tar`);
      await writeFile(archive, await tarOf(oci(image, options)));
      return pushArchive(name, archive);
    },
    pushArchive,
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A server whose answers are the test's own. */
export async function startHostileRegistry(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createHttpServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends the manifest and half of each layer, and then nothing. */
export async function startSilentRegistry(heavy: TestImage) {
  const asked = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<void>();
  const blobs = new Map(oci(heavy).map(({ content = '' }) => [digestOf(content), Buffer.from(content)]));
  const manifest = [...blobs.values()].find((blob) => blob.includes('"layers":[') && blob.length < 9999);
  const server = await startHostileRegistry((request, response) => {
    const [, what = '', name = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    if (what === 'manifests')
      return response
        .writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' })
        .end(manifest);
    const blob = blobs.get(name);
    if (!blob) return response.writeHead(200).end();
    if (blob.length < 9999) return response.writeHead(200).end(blob);
    response.on('close', () => hungUp.resolve());
    response.writeHead(200, { 'content-length': blob.length });
    return response.write(blob.subarray(0, blob.length / 2), () => asked.resolve());
  });
  return { ...server, asked: asked.promise, hungUp: hungUp.promise };
}

export interface Wire extends AsyncDisposable {
  readonly address: string;
  /** Bytes that came through from the server. */
  bytes: number;
  /** How many connections are still to be cut. */
  cuts: number;
}

/** A line to a server that breaks `cuts` times, each time after so many bytes. */
export async function startBadWire(
  to: string,
  { cuts, after }: { readonly cuts: number; readonly after: number },
): Promise<Wire> {
  const [host = '', port = ''] = to.split(':');
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), host);
    let passed = 0;
    const end = () => [client, upstream].forEach((socket) => socket.destroy());
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      passed += chunk.length;
      wire.bytes += chunk.length;
      if (passed > after && wire.cuts > 0) {
        wire.cuts--;
        return end();
      }
      if (!client.write(chunk)) upstream.pause();
    });
    client.on('drain', () => upstream.resume());
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: Wire = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: 0,
    cuts,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
  return wire;
}

/** An image of several layers that no compression makes smaller. */
export async function heavyImage(layers: number, bytes: number): Promise<TestImage> {
  const contents = Array.from({ length: layers }, () => randomBytes(bytes));
  return {
    layers: await Promise.all(contents.map((content, at) => tarOf([{ name: `file-${at}`, content }]))),
  };
}

export const digestOf = (text: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function canConnect(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
