import { refusal } from '../../../src/sdk/answer.ts';
import { CloudError } from '../../../src/kernel/errors.ts';
import { ApiError } from './api-error.ts';

export interface Upload {
  readonly file: Blob;
  /** How much of it is sent, from 0 to 1. */
  readonly told: (part: number) => void;
  readonly signal: AbortSignal;
}

/** By the one call of browsers that tells how far it is. */
export function sendFile(
  url: string,
  { file, headers, told, signal }: Upload & { readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const request = new XMLHttpRequest();
  request.open('PUT', url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.addEventListener('progress', ({ loaded, total }) => told(total === 0 ? 1 : loaded / total));
  request.addEventListener('load', () => {
    if (request.status < 400) return resolve();
    const error = refusal(request.status, request.responseText, `PUT ${url}`);
    reject(new ApiError(error, request.getResponseHeader('x-openstack-request-id')));
  });
  request.addEventListener('error', () =>
    reject(new CloudError('unavailable', 'The cloud does not answer.')),
  );
  request.addEventListener('abort', () => reject(signal.reason as Error));
  signal.addEventListener('abort', () => request.abort(), { once: true });
  request.send(file);
  return promise;
}
