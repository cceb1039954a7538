import { CloudError, type ErrorKind } from '#kernel/errors.ts';

/** An answer whose body has yet to be read: Node's, or what a browser's `fetch` brings. */
export interface HttpAnswer extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** @returns an API's refusal in its own words. @param call what was asked, for answers without words */
export function refusal(status: number, text: string, call: string): CloudError {
  const said = wordsOf(text) ?? `${call} was answered with ${status}: ${text.slice(0, 300)}`;
  return new CloudError(KINDS[status] ?? (status >= 500 ? 'unavailable' : 'bad-request'), said);
}

/** Text as it comes, in whole characters. */
async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
}

export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const piece of decoded(body)) text += piece;
  return text;
}

/** The JSON of an answer; undefined where there is no body. */
export async function jsonOf<T>(answer: HttpAnswer): Promise<T> {
  const text = await textOf(answer);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/**
 * What an API said when it refused: Keystone's and Heat's `error.message`, Neutron's and Cinder's one object with a `message`, Zun's
 * `errors[].detail`, Aodh's `error_message.faultstring`, Barbican's `description`.
 */
export function wordsOf(text: string): string | undefined {
  const body = parsed(text);
  const inner = Object.values(body).find((value) => typeof value === 'object' && value !== null);
  const first = (Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown> | undefined;
  const words = [
    first?.['detail'],
    first?.['message'],
    first?.['faultstring'],
    body['description'],
    body['message'],
  ];
  return words.find((word): word is string => typeof word === 'string' && word !== '');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // a proxy's page
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  412: 'precondition-failed',
  413: 'too-large',
};

export interface ServerSent<T> {
  readonly id: string | undefined;
  /** undefined in a message that has an id alone. */
  readonly data: T | undefined;
}

/** Server-sent events (HTML Living Standard §9.2) whose data is JSON on one line, as ours is. */
export async function* serverSent<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSent<T>, void> {
  let text = '';
  for await (const piece of decoded(body)) {
    const messages = (text + piece).split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const [id, data] = [/^id: (.*)$/m.exec(message)?.[1], /^data: (.*)$/m.exec(message)?.[1]];
      yield { id, data: data === undefined ? undefined : (JSON.parse(data) as T) };
    }
  }
}
