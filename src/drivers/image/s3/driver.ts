import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AwsClient } from 'aws4fetch';
import { CloudError, notFound, unavailable } from '#kernel/errors.ts';
import type { ByteRange, ImageStore } from '../driver.ts';

export interface S3Options {
  /** `https://host:port`; buckets are paths below it. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Stands before the ids in the names of objects. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Bytes of a part, which is all that is held in memory; default 16 MiB. */
  readonly partBytes?: number;
}

const MIB = 2 ** 20;
const MAX_PARTS = 10_000;
const RETRIES = 3;

interface Request {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Statuses that are no failure, besides 200 to 299. */
  readonly ok?: readonly number[];
}

/** One object per image in a bucket of anything that speaks S3. Big images go up in parts. */
export class S3ImageStore implements ImageStore {
  readonly kind = 's3';
  readonly #options: S3Options;
  readonly #client: AwsClient;

  constructor(options: S3Options) {
    const { accessKeyId, secretAccessKey, region } = options;
    this.#options = options;
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
  }

  async put(id: string, path: string, signal?: AbortSignal): Promise<void> {
    await this.#abandonUploads(id); // what a crash left of an earlier try
    await using file = await open(path);
    const { size } = await file.stat();
    const partBytes = Math.max(this.#options.partBytes ?? 16 * MIB, Math.ceil(size / MAX_PARTS));
    if (size > partBytes) await this.#putInParts(id, { file, size, partBytes, signal });
    else await this.#request('PUT', id, { body: await readPart(file, 0, size), signal });
  }

  async open(id: string, range?: ByteRange): Promise<Readable> {
    const headers = range ? { range: `bytes=${range.start}-${range.end}` } : {};
    const answer = await this.#request('GET', id, { headers, ok: [404] });
    if (answer.status === 404) {
      await answer.body?.cancel();
      throw notFound(`No data found for image ${id}.`);
    }
    return answer.body ? Readable.fromWeb(answer.body) : Readable.from([]);
  }

  async remove(id: string): Promise<void> {
    await this.#abandonUploads(id);
    await drain(await this.#request('DELETE', id, { ok: [404] }));
  }

  async list(): Promise<string[]> {
    const { prefix } = this.#options;
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const query = { 'list-type': '2', prefix, ...(token !== undefined && { 'continuation-token': token }) };
      const xml = await (await this.#request('GET', null, { query })).text();
      ids.push(...valuesOf(xml, 'Key').map((key) => key.slice(prefix.length)));
      [token] = valuesOf(xml, 'NextContinuationToken');
    } while (token !== undefined);
    return ids;
  }

  async #putInParts(id: string, { file, size, partBytes, signal }: Upload): Promise<void> {
    const begun = await (await this.#request('POST', id, { query: { uploads: '' }, signal })).text();
    const [uploadId] = valuesOf(begun, 'UploadId');
    if (uploadId === undefined) throw failed('began no upload', begun);
    try {
      const tags: string[] = [];
      for (let at = 0; at < size; at += partBytes) {
        const body = await readPart(file, at, Math.min(partBytes, size - at));
        const query = { partNumber: String(tags.length + 1), uploadId };
        const answer = await drain(await this.#request('PUT', id, { query, body, signal }));
        tags.push(answer.headers.get('etag') ?? '');
      }
      await this.#complete(id, uploadId, tags);
    } catch (thrown) {
      await this.#abandon(id, uploadId);
      throw thrown;
    }
  }

  async #complete(id: string, uploadId: string, tags: readonly string[]): Promise<void> {
    const parts = tags.map((tag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    const answer = await this.#request('POST', id, { query: { uploadId }, body });
    const text = await answer.text();
    if (text.includes('<Error>')) throw failed('did not put the parts together', text); // told after a status of 200
  }

  async #abandonUploads(id: string): Promise<void> {
    const key = this.#options.prefix + id;
    const xml = await (await this.#request('GET', null, { query: { uploads: '', prefix: key } })).text();
    for (const uploadId of valuesOf(xml, 'UploadId')) await this.#abandon(id, uploadId);
  }

  async #abandon(id: string, uploadId: string): Promise<void> {
    await drain(await this.#request('DELETE', id, { query: { uploadId }, ok: [404] }));
  }

  /** Sends a signed request for an image's object; null is the bucket. @throws CloudError for what is no success */
  async #request(method: string, id: string | null, request: Request): Promise<Response> {
    const { endpoint, bucket, prefix } = this.#options;
    const key = id === null ? '' : `/${prefix}${id}`;
    const url = new URL(`${endpoint}/${bucket}${key}`);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const { body, signal, ok = [] } = request;
    const headers = { ...request.headers, 'x-amz-content-sha256': sha256(body ?? new Uint8Array()) };
    const init = { method, headers, ...(body && { body }), ...(signal && { signal }) };
    const answer = await this.#client.fetch(url.href, init).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unavailable(`The store of images at ${endpoint} cannot be reached.`, { cause });
    });
    if (answer.ok || ok.includes(answer.status)) return answer;
    throw failureOf(answer.status, await answer.text());
  }
}

interface Upload {
  readonly file: FileHandle;
  readonly size: number;
  readonly partBytes: number;
  readonly signal: AbortSignal | undefined;
}

async function readPart(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new CloudError('internal', 'The file became shorter while it was stored.');
    done += bytesRead;
  }
  return buffer;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A body that nobody reads would hold its connection. */
async function drain(answer: Response): Promise<Response> {
  await answer.arrayBuffer();
  return answer;
}

/** The contents of all elements of one name; S3's answers are flat enough for that. */
const valuesOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => unescapeXml(text));

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text: string): string =>
  text.replaceAll(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);

const failed = (what: string, detail: string): CloudError =>
  new CloudError('internal', `The store of images ${what}.`, { detail: detail.slice(0, 500) });

function failureOf(status: number, text: string): CloudError {
  const [code = ''] = valuesOf(text, 'Code');
  const detail = text.slice(0, 500);
  if (status === 507 || ['QuotaExceeded', 'XMinioStorageFull', 'EntityTooLarge'].includes(code))
    return new CloudError('too-large', 'There is not enough space left to store the image.', { detail });
  if (status >= 500 || status === 429)
    return unavailable('The store of images does not work now.', { detail });
  return failed(`refused a request (${status} ${code})`, detail);
}
