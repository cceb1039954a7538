import { badRequest, notFound, type CloudError } from '#kernel/errors.ts';
import { isUuid } from '#kernel/ids.ts';

/** `http://host/key-manager/v1/secrets/<id>`: how objects are named in the API. */
export const refTo = (base: string, collection: string, id: string): string =>
  `${base}/v1/${collection}/${id}`;

/** The id in a reference: whatever host it names, since clients keep them, or the id alone. @throws CloudError `bad-request` */
export function idIn(ref: string): string {
  const last = ref.replace(/\/+$/, '').split('/').at(-1) ?? '';
  if (isUuid(last)) return last.toLowerCase();
  throw badRequest(`'${ref.slice(0, 255)}' does not end in the id of a secret or container.`);
}

export const secretNotFound = (): CloudError => notFound('Secret not found.');
export const containerNotFound = (): CloudError => notFound('Container not found.');
export const orderNotFound = (): CloudError => notFound('Order not found.');
