import { isExpressionMap, isPlain, type Call } from '../expression.ts';
import { isMap, plainText, scalarText, type Json, type JsonMap } from '../json.ts';
import { mapOf } from './arguments.ts';
import type { IntrinsicFunction } from './function.ts';

const KEYS = ['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment'];

export const makeUrl: IntrinsicFunction = {
  doc: `A URL of its parts: {${KEYS.join(', ')}}.`,
  check: (call) => {
    const { argument } = call;
    if (!isExpressionMap(argument)) throw call.error(`The arguments to "${call.name}" must be a map`);
    const unknown = Object.keys(argument).filter((key) => !KEYS.includes(key));
    if (unknown.length > 0) throw call.error(`Invalid arguments to "${call.name}": ${unknown.join(', ')}`);
    checkParts(call, Object.fromEntries(Object.entries(argument).filter(isPlainEntry)));
  },
  resolve: (call, evaluation) => {
    const given = mapOf(
      call,
      evaluation.value(call.argument),
      `The arguments to "${call.name}" must be a map`,
    );
    // A part that is not known yet is as one that is not given.
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    checkParts(call, known);
    return urlOf(call, known);
  },
};

const isPlainEntry = (entry: readonly [string, unknown]): entry is [string, Json] =>
  isPlain(entry[1] as Json) && entry[1] !== null;

function checkParts(call: Call, given: JsonMap): void {
  for (const [key, value] of Object.entries(given)) {
    if (key === 'query') {
      if (!isMap(value)) throw call.error(`The "${key}" argument to "${call.name}" must be a map`);
    } else if (key === 'port') checkPort(call, value);
    else if (typeof value !== 'string')
      throw call.error(`The "${key}" argument to "${call.name}" must be a string`);
  }
}

function checkPort(call: Call, value: Json): void {
  if (!/^\s*\d+\s*$/.test(plainText(value)))
    throw call.error(`Invalid URL port "${plainText(value)}" for ${call.name}`);
  if (Number(value) < 1 || Number(value) > 65_535)
    throw call.error(`Invalid URL port ${Number(value)}, must be in range 1-65535`);
}

function urlOf(call: Call, given: JsonMap): string {
  const text = (key: string): string => plainText(given[key] ?? '');
  if (text('scheme').includes(':')) throw call.error(`URL "scheme" should not contain ':'`);
  const authority = authorityOf(text);
  const path = quote(text('path'), '/');
  const query = queryOf(given['query'] ?? null);
  const fragment = quote(text('fragment'), '/');
  return [
    text('scheme') === '' ? '' : `${text('scheme')}:`,
    authority === '' && !path.startsWith('//') ? '' : `//${authority}`,
    authority !== '' && path !== '' && !path.startsWith('/') ? `/${path}` : path,
    query === '' ? '' : `?${query}`,
    fragment === '' ? '' : `#${fragment}`,
  ].join('');
}

function authorityOf(text: (key: string) => string): string {
  const [username, password] = [quote(text('username')), quote(text('password'))];
  const user = password === '' ? username : `${username}:${password}`;
  const name = quote(text('host').replace(/^\[(.*)\]$/, '$1'), ':');
  const host = name.includes(':') ? `[${name}]` : name;
  const port = text('port') === '' ? '' : `:${Number(text('port'))}`;
  return `${user === '' ? '' : `${user}@`}${host}${port}`;
}

function queryOf(query: Json): string {
  if (!isMap(query)) return '';
  const pairs = Object.entries(query).map(([key, value]) => `${plus(key)}=${plus(partText(value))}`);
  return pairs.join('&').replaceAll('%2F', '/');
}

const partText = (value: Json): string =>
  value === null ? 'None' : typeof value === 'object' ? JSON.stringify(value) : scalarText(value);

const plus = (text: string) => quote(text).replaceAll('%20', '+');

/** All but letters, digits, `_.-~` and what is safe, as bytes of UTF-8. */
function quote(text: string, safe = ''): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return safe.split('').reduce((quoted, one) => quoted.replaceAll(encodeURIComponent(one), one), encoded);
}
