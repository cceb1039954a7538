import { Readable } from 'node:stream';
import { parseJson } from '#kernel/http/bodies.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import { compileValidator } from '#kernel/http/validate.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { Static } from 'typebox';
import { Commit, GetArchive, PutArchive, Rebuild } from '../schema/actions.ts';
import { ContainerParams, flagOf } from '../schema/common.ts';
import type { ContainerArchives } from '../service/archives.ts';
import type { ContainerCommitting } from '../service/committing.ts';
import type { ContainerRebuilding } from '../service/rebuilding.ts';
import { archiveText } from '../view/archive.ts';
import { actionRoute } from './action-route.ts';

export interface FileRouteDeps {
  readonly archives: ContainerArchives;
  readonly committing: ContainerCommitting;
  readonly rebuilding: ContainerRebuilding;
}

/** What reads or changes a container's inside. */
export const fileRoutes = ({ archives, committing, rebuilding }: FileRouteDeps): Route[] => [
  actionRoute({
    verb: 'rebuild',
    summary: 'Make a container anew from an image.',
    parameters: Rebuild,
    handle: ({ ctx, params }, { image, image_driver, rollback, ready_timeout }) =>
      rebuilding.rebuild(ctx, params.container, {
        image: textOf(image),
        imageDriver: textOf(image_driver),
        rollback: flagOf(rollback),
        ...(ready_timeout !== undefined && { readySeconds: ready_timeout }),
      }),
  }),
  actionRoute({
    verb: 'commit',
    summary: 'Make an image of a container.',
    parameters: Commit,
    async handle({ ctx, params }, { repository, tag }) {
      return { uuid: await committing.commit(ctx, params.container, { repository, tag: tag || 'latest' }) };
    },
  }),
  actionRoute({
    method: 'GET',
    verb: 'get_archive',
    summary: 'Read files of a container.',
    status: 200,
    parameters: GetArchive,
    async handle({ ctx, params }, { path }) {
      const { stat, tar } = await archives.get(ctx, params.container, path);
      const text = archiveText(stat, tar, isAtLeast(ctx.microversion, '1.25'));
      return new Reply(Readable.from(text, { objectMode: false }), {
        headers: { 'content-type': 'application/json' },
      });
    },
  }),
  putArchive(archives),
];

const textOf = (text: string | null | undefined): string | null => (text && text !== 'None' ? text : null);

/** Its body is larger than other calls' and so is read only for whoever may have it unpacked. */
function putArchive(archives: ContainerArchives): Route {
  const check = compileValidator(PutArchive, { subject: 'parameters' });
  return route({
    method: 'POST',
    url: '/v1/containers/:container/put_archive',
    name: 'put-archive-container',
    summary: 'Write files into a container.',
    access: { rule: 'container:put_archive' },
    params: ContainerParams,
    streams: ['application/json'],
    status: 200,
    async handle({ ctx, params, query, raw }) {
      const put = await archives.prepare(ctx, params.container);
      const body = parseJson(await textFrom(raw, archives.limit * 2)) ?? {};
      const { path, data } = check({ ...(query as object), ...body }) as Static<typeof PutArchive>;
      await put(path, isAtLeast(ctx.microversion, '1.25') ? fromBase64(data) : fromCharacters(data));
      return null;
    },
  });
}

async function textFrom(raw: AsyncIterable<unknown>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new CloudError('too-large', 'The archive is too large.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fromBase64(data: string): Buffer {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data))
    throw badRequest('Invalid input for field data: it is no base64.');
  return Buffer.from(data, 'base64');
}

function fromCharacters(data: string): Buffer {
  const bytes = Buffer.from(data, 'latin1');
  if (bytes.toString('latin1') !== data) throw badRequest('Invalid input for field data: it is no tar.');
  return bytes;
}
