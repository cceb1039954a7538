import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ctx } from '#kernel/context.ts';
import { newUuid } from '#kernel/ids.ts';
import type { ImagePort, NewImage } from '#services/image/port.ts';

/** An image service with two projects in it. */
export interface ImagePortHarness extends AsyncDisposable {
  readonly port: ImagePort;
  readonly member: Ctx;
  readonly stranger: Ctx;
  /** Offers the member's image to the stranger's project, by the API; `status` is what that says to it. */
  share(id: string, status: 'pending' | 'accepted'): Promise<void>;
}

/** What other services may count on, whether the image service is in this process or any Glance. */
export function imagePortContract(name: string, makeHarness: () => Promise<ImagePortHarness>): void {
  describe(`image port, ${name}`, () => {
    let harness: ImagePortHarness;
    let port: ImagePort;
    let ctx: Ctx;
    let stranger: Ctx;

    beforeAll(async () => {
      harness = await makeHarness();
      ({ port, member: ctx, stranger } = harness);
    }, 60_000);
    afterAll(() => harness[Symbol.asyncDispose]());

    const anImage = (change: Partial<NewImage> = {}): NewImage => ({
      id: newUuid(),
      name: `image-${newUuid()}`,
      diskFormat: 'raw',
      containerFormat: 'bare',
      visibility: 'private',
      properties: { os_distro: 'debian' },
      minDisk: 1,
      protected: false,
      ...change,
    });
    const made = async (change: Partial<NewImage> = {}) => port.create(ctx, anImage(change));
    const filled = async (bytes: string, change: Partial<NewImage> = {}) => {
      const { id } = await made(change);
      await port.append(ctx, id, 0, Buffer.from(bytes));
      return port.finish(ctx, id, bytes.length);
    };

    it('makes an image once, for its project', async () => {
      const image = anImage();
      const expected = {
        id: image.id,
        name: image.name,
        status: 'queued',
        owner: ctx.project?.id,
        visibility: 'private',
        diskFormat: 'raw',
        containerFormat: 'bare',
        properties: { os_distro: 'debian' },
        size: null,
        hash: null,
        minDisk: 1,
        protected: false,
      };
      for (let time = 0; time < 2; time++) expect(await port.create(ctx, image)).toMatchObject(expected);
      await expect(port.create(stranger, image)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('takes its bytes in pieces and gives them back', async () => {
      const { id } = await made();
      await expect(port.open(ctx, id)).rejects.toMatchObject({ kind: 'conflict' });
      expect(await port.append(ctx, id, 0, Buffer.from('hello '))).toEqual({ offset: 6 });
      expect(await port.append(ctx, id, 6, Buffer.from('world'))).toEqual({ offset: 11 });
      const hash = createHash('sha512').update('hello world').digest('hex');
      for (let time = 0; time < 2; time++)
        expect(await port.finish(ctx, id, 11)).toMatchObject({ status: 'active', size: 11, hash });
      const { size, stream } = await port.open(ctx, id);
      expect(size).toBe(11);
      expect(await text(stream)).toBe('hello world');
      await expect(port.append(ctx, id, 11, Buffer.from('!'))).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('passes over a piece that came before or leaves a gap, and tells where to go on', async () => {
      const { id } = await made();
      await port.append(ctx, id, 0, Buffer.from('abc'));
      expect(await port.append(ctx, id, 0, Buffer.from('abc'))).toEqual({ offset: 3 });
      expect(await port.append(ctx, id, 9, Buffer.from('xyz'))).toEqual({ offset: 3 });
      expect(await port.append(ctx, id, 0, new Uint8Array())).toEqual({ offset: 3 });
      await expect(port.finish(ctx, id, 9)).rejects.toMatchObject({ kind: 'conflict' });
      for (let time = 0; time < 2; time++) await port.discard(ctx, id);
      expect(await port.append(ctx, id, 3, Buffer.from('d'))).toEqual({ offset: 0 });
    });

    it('is found by id and by name, by those who may see it', async () => {
      const image = await filled('bytes', { name: 'one of a kind' });
      for (const word of [image.id, image.name]) {
        expect(await port.get(ctx, word)).toEqual(image);
        expect(await port.find(stranger, word)).toBeUndefined();
        await expect(port.get(stranger, word)).rejects.toMatchObject({ kind: 'not-found' });
      }
      expect(await port.search(ctx, 'one of', false)).toEqual([image]);
      expect(await port.search(ctx, 'one of', true)).toEqual([]);
      expect(await port.search(ctx, 'one of a kind', true)).toEqual([image]);
      expect(await port.search(stranger, 'one of', false)).toEqual([]);
      await expect(port.open(stranger, image.id)).rejects.toMatchObject({ kind: 'not-found' });
      for (const nothing of [newUuid(), 'no such name', 'a/b?c=d&e', ''])
        expect(await port.find(ctx, nothing)).toBeUndefined();
    });

    it('is not chosen among several of its name', async () => {
      const [one] = [await made({ name: 'twin' }), await made({ name: 'twin' })];
      await expect(port.find(ctx, 'twin')).rejects.toMatchObject({ kind: 'conflict' });
      expect((await port.search(ctx, 'twin', true)).length).toBe(2);
      expect(await port.get(ctx, one.id)).toMatchObject({ id: one.id });
    });

    it('is read by a project that has accepted it, and not before', async () => {
      const { id } = await filled('shared bytes', { visibility: 'shared' });
      await harness.share(id, 'pending');
      expect(await port.find(stranger, id)).toMatchObject({ id }); // who has the id may look, and so accept
      expect(await port.search(stranger, 'image-', false)).toEqual([]);
      await harness.share(id, 'accepted');
      expect(await port.search(stranger, 'image-', false)).toMatchObject([{ id }]);
      expect(await text((await port.open(stranger, id)).stream)).toBe('shared bytes');
    });

    it('is read by everybody when it is for all, and changed by its project alone', async () => {
      const { id } = await made({ visibility: 'community' });
      expect(await port.get(stranger, id)).toMatchObject({ id });
      const rejected = (attempt: Promise<unknown>) =>
        expect(attempt).rejects.toMatchObject({ kind: 'forbidden' });
      await rejected(port.append(stranger, id, 0, Buffer.from('x')));
      await rejected(port.finish(stranger, id, 0));
      await rejected(port.discard(stranger, id));
      await rejected(port.remove(stranger, id));
      expect(await port.append(ctx, id, 0, Buffer.from('mine'))).toEqual({ offset: 4 });
      await rejected(port.discard(stranger, id));
      expect(await port.finish(ctx, id, 4)).toMatchObject({ status: 'active' });
    });

    it('is removed however often, protected or not, and by no stranger', async () => {
      const { id } = await made({ protected: true });
      await port.append(ctx, id, 0, Buffer.from('abc'));
      await port.remove(stranger, id);
      expect(await port.find(ctx, id)).toBeDefined();
      for (let time = 0; time < 2; time++) await port.remove(ctx, id);
      expect(await port.find(ctx, id)).toBeUndefined();
    });
  });
}
