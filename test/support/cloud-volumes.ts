import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { CloudError } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { CloudClient } from '#src/sdk/client.ts';
import { until, type Patience } from './until.ts';

type Collection = 'volumes' | 'snapshots' | 'backups' | 'attachments';

interface Thing {
  readonly id: string;
  readonly status: string;
}

/** Long enough for control and node to come back a few times. */
const PATIENT: Patience = { limitMs: 180_000, everyMs: 100 };

/**
 * Somebody who makes volumes and does not give up: what is cut off is looked for, by its name, and asked for again when it is not
 * there. So every call says what should be, and may be made while the cloud falls and rises.
 */
export class CloudVolumes {
  readonly #client: CloudClient;

  constructor(client: CloudClient) {
    this.#client = client;
  }

  /** An active image of raw bytes. @returns its id */
  async image(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const wanted = { name, disk_format: 'raw', container_format: 'bare' };
    const { id } = await this.#client.post<Thing>('image', '/v2/images', wanted);
    await this.#client.upload('image', `/v2/images/${id}/file`, new Blob([bytes]));
    return id;
  }

  /** Made, and available. */
  volume(name: string, wanted: object = {}): Promise<string> {
    return this.#make('volumes', name, () =>
      this.#post('/volumes', { volume: { name, size: 1, ...wanted } }),
    );
  }

  snapshot(name: string, volume: string): Promise<string> {
    const snapshot = { name, volume_id: volume, force: true };
    return this.#make('snapshots', name, () => this.#post('/snapshots', { snapshot }));
  }

  backup(name: string, of: object): Promise<string> {
    const backup = { name, force: true, ...of };
    return this.#make('backups', name, () => this.#post('/backups', { backup }));
  }

  /** To a new volume of that name. */
  restored(name: string, backup: string): Promise<string> {
    return this.#make('volumes', name, () => this.#post(`/backups/${backup}/restore`, { restore: { name } }));
  }

  /** In use by that server. @returns the device on the node, as the attachment's answer names it */
  async attached(volume: string, server: string): Promise<string> {
    const id = await until(
      'the volume is held',
      async () => {
        const [held] = await this.#list('attachments', `instance_id=${server}`);
        if (held) return held.id;
        await this.#post('/attachments', { attachment: { volume_uuid: volume, instance_uuid: server } });
        return false;
      },
      PATIENT,
    );
    const attachment = { connector: { initiator: server, mountpoint: '/dev/vdb' } };
    const device = await until(
      'the device is there',
      async () => {
        const { attachment: made } = await this.#client.put<{
          attachment: { connection_info: { device_path: string } };
        }>('block-storage', `/attachments/${id}`, { attachment });
        return made.connection_info.device_path;
      },
      PATIENT,
    );
    const complete = () => this.#post(`/attachments/${id}/action`, { 'os-complete': null });
    await until('the volume is in use', () => complete().then(() => true), PATIENT);
    return device;
  }

  /** Let go, and free for others. */
  async detached(volume: string, server: string): Promise<void> {
    await until(
      'the volume is let go',
      async () => {
        const held = await this.#list('attachments', `instance_id=${server}`);
        for (const { id } of held) await this.#client.delete('block-storage', `/attachments/${id}`);
        return held.length === 0;
      },
      PATIENT,
    );
    await this.#settled('volumes', volume);
  }

  /** Whatever it is doing, it goes. */
  async removed(collection: Collection, id: string): Promise<void> {
    await until(`/${collection}/${id} is gone`, () => this.#isGone(`/${collection}/${id}`), PATIENT);
  }

  removeImage(id: string): Promise<void> {
    return this.#client.delete('image', `/v2/images/${id}`);
  }

  async #make(collection: Collection, name: string, ask: () => Promise<unknown>): Promise<string> {
    const id = await until(
      `${name} is asked for`,
      async () => {
        const [found] = await this.#list(collection, `name=${name}`);
        if (found) return found.id;
        await ask();
        return false;
      },
      PATIENT,
    );
    await this.#settled(collection, id);
    return id;
  }

  /** @throws Error when it ends in another state than available. */
  async #settled(collection: Collection, id: string): Promise<void> {
    const ended = await until(
      `/${collection}/${id} is at rest`,
      async () => {
        const { status } = await this.#get(collection, id);
        if (/ing|backup$/.test(status) && !status.startsWith('error')) throw new Error(`It is ${status}.`);
        return status;
      },
      PATIENT,
    );
    if (ended !== 'available') throw new Error(`/${collection}/${id} is ${ended}, not available.`);
  }

  async #isGone(path: string): Promise<boolean> {
    try {
      await this.#client.delete('block-storage', path);
    } catch (thrown) {
      if (thrown instanceof CloudError && thrown.kind === 'not-found') return true;
      throw thrown;
    }
    return false;
  }

  async #get(collection: Collection, id: string): Promise<Thing> {
    const answer = await this.#client.get<Record<string, Thing>>('block-storage', `/${collection}/${id}`);
    const [thing] = Object.values(answer);
    if (!thing) throw new Error(`/${collection}/${id} was answered with nothing.`);
    return thing;
  }

  async #list(collection: Collection, query: string): Promise<readonly Thing[]> {
    const path = `/${collection}?${query}`;
    const answer = await this.#client.get<Record<string, Thing[]>>('block-storage', path);
    return answer[collection] ?? [];
  }

  #post(path: string, body: object): Promise<unknown> {
    return this.#client.post('block-storage', path, body);
  }
}

/** SHA-256 of all that a device holds, from the device itself. */
export async function sumOf(device: string): Promise<string> {
  await exec('blockdev', ['--flushbufs', device]);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(device, { highWaterMark: 4 << 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
