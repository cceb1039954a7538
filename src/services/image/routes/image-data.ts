import { CloudError } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import type { ByteRange } from '#drivers/image/driver.ts';
import type { Image } from '../model/image.ts';
import { DATA_TYPES, ImageParams } from '../schema/image.ts';
import type { ImageDataService, Upload } from '../service/image-data.ts';

export const imageDataRoutes = (data: ImageDataService): Route[] => [
  route({
    method: 'PUT',
    url: '/v2/images/:image_id/file',
    name: 'upload-image-data',
    summary: "Store an image's data.",
    access: { rule: 'upload_image' },
    params: ImageParams,
    streams: DATA_TYPES,
    status: 204,
    handle: (call) => data.upload(call.ctx, call.params.image_id, uploadOf(call)),
  }),
  route({
    method: 'PUT',
    url: '/v2/images/:image_id/stage',
    name: 'stage-image-data',
    summary: "Receive an image's data and keep it aside for import.",
    access: { rule: 'upload_image' },
    params: ImageParams,
    streams: DATA_TYPES,
    status: 204,
    handle: (call) => data.stage(call.ctx, call.params.image_id, uploadOf(call)),
  }),
  route({
    method: 'GET',
    url: '/v2/images/:image_id/file',
    name: 'download-image-data',
    summary: "Read an image's data, whole or a range of it.",
    access: { rule: 'download_image' },
    params: ImageParams,
    status: 200,
    async handle({ ctx, params, headers }) {
      const image = await data.readable(ctx, params.image_id);
      if (image === null) return new Reply(undefined, { status: 204 });
      const size = image.size ?? 0;
      const range = parseRange(headers.range, size);
      if (!range) return new Reply(await data.open(image), { headers: dataHeaders(image, size) });
      return new Reply(await data.open(image, range), {
        status: 206,
        headers: {
          ...dataHeaders(image, range.end - range.start + 1),
          'content-range': `bytes ${range.start}-${range.end}/${size}`,
        },
      });
    },
  }),
];

function uploadOf(call: Pick<Call, 'raw' | 'headers'>): Upload {
  const length = call.headers['content-length'];
  const store = call.headers['x-image-meta-store'];
  return {
    source: call.raw,
    length: length === undefined ? null : Number(length),
    ...(typeof store === 'string' && { store }),
  };
}

const dataHeaders = (image: Image, length: number): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'content-length': String(length),
  'accept-ranges': 'bytes',
  ...(image.md5 === null ? {} : { 'content-md5': image.md5 }),
});

/** One range in bytes (RFC 9110 §14.1); several, or other units, mean the whole. @throws CloudError with 416 when it lies outside. */
export function parseRange(header: string | undefined, size: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end) return { start, end };
  throw new CloudError(
    'range-not-satisfiable',
    `The range '${header}' lies outside of the ${size} bytes of the image.`,
  );
}
