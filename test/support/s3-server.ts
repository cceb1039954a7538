import { createHash, createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const BUCKET = 'images';
const REGION = 'eu-test-1';
const PAGE = 2;

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

interface Request {
  readonly method: string;
  /** Undefined for the bucket. */
  readonly key: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Answer = readonly [status: number, body?: string | Buffer, headers?: Record<string, string>];

/** As much of S3 as a store of images meets, in memory. It checks every signature, by the rules of AWS Signature Version 4. */
export class S3Server implements AsyncDisposable {
  readonly accessKeyId = 'AKIDTEST';
  readonly secretAccessKey = randomUUID();
  readonly bucket = BUCKET;
  readonly region = REGION;
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, Upload>();
  /** Requests that fail from now on: answered before anything is done. */
  failure: {
    readonly when: (method: string, query: URLSearchParams) => boolean;
    readonly answer: Answer;
  } | null = null;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        (answer) => send(response, answer),
        (thrown: Error) => send(response, [500, thrown.message]),
      );
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', this.endpoint);
    const body = await buffer(request);
    if (!this.#isSigned(request, url, body)) return [403, error('SignatureDoesNotMatch')];
    const [, bucket, ...rest] = url.pathname.split('/');
    if (bucket !== BUCKET) return [404, error('NoSuchBucket')];
    const key = rest.length === 0 ? undefined : rest.join('/');
    const { method = 'GET', headers } = request;
    const query = url.searchParams;
    if (this.failure?.when(method, query)) return this.failure.answer;
    return key === undefined ? this.#bucket(query) : this.#object({ method, key, query, headers, body });
  }

  #bucket(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    if (query.has('uploads')) {
      const found = [...this.uploads].filter(([, { key }]) => key.startsWith(prefix));
      const items = found.map(
        ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
      );
      return [200, `<ListMultipartUploadsResult>${items.join('')}</ListMultipartUploadsResult>`];
    }
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    const after = query.get('continuation-token') ?? '';
    const page = keys.filter((key) => key > after).slice(0, PAGE);
    const more = keys.at(-1) !== page.at(-1);
    const items = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return [200, `<ListBucketResult>${items}${next}</ListBucketResult>`];
  }

  #object(request: Request): Answer {
    const { method, key = '', query, body } = request;
    const uploadId = query.get('uploadId');
    if (uploadId !== null) return this.#part(request, uploadId);
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      this.uploads.set(id, { key, parts: new Map() });
      return [
        200,
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      ];
    }
    if (method === 'PUT') {
      this.objects.set(key, body);
      return [200, '', { etag: etag(body) }];
    }
    if (method === 'DELETE') return this.objects.delete(key) ? [204] : [204];
    return this.#read(request);
  }

  #part({ method, query, body }: Request, uploadId: string): Answer {
    const upload = this.uploads.get(uploadId);
    if (!upload) return [404, error('NoSuchUpload')];
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      return [200, '', { etag: etag(body) }];
    }
    this.uploads.delete(uploadId);
    if (method === 'DELETE') return [204];
    const wanted = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
    const parts = wanted.map(([, number, tag]) => {
      const part = upload.parts.get(Number(number));
      return part && etag(part) === tag ? part : undefined;
    });
    if (parts.includes(undefined) || parts.length !== upload.parts.size) return [200, error('InvalidPart')];
    this.objects.set(upload.key, Buffer.concat(parts as Buffer[]));
    return [200, '<CompleteMultipartUploadResult/>'];
  }

  #read({ key = '', headers }: Request): Answer {
    const bytes = this.objects.get(key);
    if (!bytes) return [404, error('NoSuchKey')];
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    return range ? [206, bytes.subarray(Number(range[1]), Number(range[2]) + 1)] : [200, bytes];
  }

  #isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
    const parsed =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
        request.headers.authorization ?? '',
      );
    const [, accessKeyId, day = '', region = '', names = '', signature] = parsed ?? [];
    const bodyHash = request.headers['x-amz-content-sha256'];
    if (accessKeyId !== this.accessKeyId || region !== REGION || bodyHash !== sha256(body)) return false;
    const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
    const query = [...url.searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .toSorted()
      .join('&');
    const canonical = [request.method, url.pathname, query, headers.join(''), names, bodyHash].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
    const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
      (secret, part) => hmac(secret, part),
      `AWS4${this.secretAccessKey}`,
    );
    return hmac(key, text).toString('hex') === signature;
  }
}

function send(response: ServerResponse, [status, body = '', headers = {}]: Answer): void {
  response.writeHead(status, headers).end(body);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const error = (code: string): string => `<Error><Code>${code}</Code></Error>`;
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
