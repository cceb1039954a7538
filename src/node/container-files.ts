import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newUuid } from '#kernel/ids.ts';
import { wrapLayer } from '#oci/build.ts';
import type { ImageConfig } from '#oci/image-config.ts';
import type { Session } from '#ssntp/session.ts';
import { processArgs } from './containers.ts';
import type { NodeImages } from './images.ts';
import { isContainer } from './objects.ts';
import type { ContainerSpec, NodeMethods } from './protocol.ts';
import { find, type RequestDeps } from './requests.ts';
import { exactImage } from './workload-facts.ts';

export interface ContainerFilesDeps extends RequestDeps {
  readonly images: Pick<NodeImages, 'ensure'>;
  /** For what is on its way; emptied at each start of the node. */
  readonly scratch: string;
}

/** More files than this in one archive are somebody's mistake, or an attack. */
const MAX_ENTRIES = 1_000_000;

/** What control may do with the files of a container on this node. */
export function serveContainerFiles(session: Session, deps: ContainerFilesDeps): void {
  session.handleStream('container.get-archive', async (body) => {
    const { id, path, maxBytes } = body as NodeMethods['container.get-archive']['body'];
    const { handle, ability } = find(deps, id, 'archive');
    const { stat, tar } = await ability.get(handle, path, { maxBytes, maxEntries: MAX_ENTRIES });
    return { head: stat, stream: tar };
  });
  session.handle('container.put-archive', async (body, signal) => {
    const { id, path, archive, maxBytes } = body as NodeMethods['container.put-archive']['body'];
    const { handle, ability } = find(deps, id, 'archive');
    const { stream } = await session.open('archive.open', { archive }, { signal });
    try {
      await ability.put(handle, path, { tar: stream, limits: { maxBytes, maxEntries: MAX_ENTRIES } });
    } finally {
      stream.destroy();
    }
    return null;
  });
  session.handleStream('container.commit', async (body, signal) => {
    const question = body as NodeMethods['container.commit']['body'];
    return { head: null, stream: await commit(deps, question, signal) };
  });
}

/** What runs is at rest only until its files are copied; the copy goes away when it has been sent. */
async function commit(
  deps: ContainerFilesDeps,
  { id, name, maxBytes }: NodeMethods['container.commit']['body'],
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { handle, ability } = find(deps, id, 'commit');
  const config = await configOf(deps, id, signal);
  await mkdir(deps.scratch, { recursive: true, mode: 0o700 });
  const file = join(deps.scratch, `${newUuid()}.tar`);
  const layer = await ability.layer(handle, { maxBytes, maxEntries: MAX_ENTRIES });
  try {
    await wrapLayer(file, { tag: name, config }, layer);
    const stream = createReadStream(file);
    await once(stream, 'open');
    return stream;
  } finally {
    layer.destroy();
    await rm(file, { force: true }); // whoever has it open reads it to its end
  }
}

/** What the container was run with, so that the image made of it runs alike. */
async function configOf({ world, images }: ContainerFilesDeps, id: string, signal: AbortSignal) {
  const entry = world.find('container', id);
  if (!entry || !isContainer(entry) || !entry.desired) return {};
  const { spec } = entry.desired;
  const image = exactImage(spec, entry.facts.workload);
  return image ? dockerConfig(spec, (await images.ensure(image, () => {}, signal)).config) : {};
}

/** In Docker's words. */
const dockerConfig = (spec: ContainerSpec, image: ImageConfig) => ({
  Entrypoint: spec.entrypoint ?? image.entrypoint,
  Cmd: processArgs(spec, image).slice((spec.entrypoint ?? image.entrypoint).length),
  Env: Object.entries({ ...image.env, ...spec.environment }).map(([name, value]) => `${name}=${value}`),
  WorkingDir: spec.workdir ?? image.workdir,
  User: image.user,
  ExposedPorts: Object.fromEntries(image.exposedPorts.map((port) => [port, {}])),
  Volumes: Object.fromEntries(image.volumes.map((path) => [path, {}])),
  Labels: image.labels,
  StopSignal: image.stopSignal,
});
