import { createHmac } from 'node:crypto';
import { unavailable } from '#kernel/errors.ts';
import { newHexId, newSecret } from '#kernel/ids.ts';
import type { ResourceRun, SigningKeys } from '../resource-type.ts';
import { serviceUrl } from './signal-url.ts';

export interface SignedPlace {
  readonly kind: 'signal' | 'waitcondition';
  /** What the address says besides: it is signed too. */
  readonly params?: Readonly<Record<string, string>>;
}

/** How each kind of address is told something. */
export const VERBS = { signal: 'POST', waitcondition: 'PUT' } as const;

/** An address of the CFN API at which a resource is told things without a token, as long as its keys are there. */
export async function signedUrl(run: ResourceRun, { kind, params = {} }: SignedPlace): Promise<string> {
  const { stack, resource } = run;
  const keys = await ownKeys(run);
  const base = await serviceUrl(run, 'cloudformation');
  const arn = `arn:openstack:heat::${stack.projectId}:stacks`;
  const place = [arn, stack.name, stack.id, 'resources', resource.name].map(encodeURIComponent).join('/');
  return signed(`${base}/${kind}/${place}`, { verb: VERBS[kind], keys, params });
}

/** The resource's own keys, made once: known before they are made, so that none are lost. */
async function ownKeys(run: ResourceRun): Promise<SigningKeys> {
  const { cloud, resource } = run;
  if (!cloud.keys) throw unavailable('Nobody keeps keys to sign addresses with.');
  const known = resource.data['keys'] as SigningKeys | undefined;
  const keys = known ?? { access: newHexId(), secret: newSecret() };
  if (!known) await run.keep({ keys: { ...keys } });
  await cloud.keys.add(keys);
  return keys;
}

/** Nothing there is success. */
export async function dropKeys({ cloud, resource }: Pick<ResourceRun, 'cloud' | 'resource'>): Promise<void> {
  const keys = resource.data['keys'] as SigningKeys | undefined;
  if (keys) await cloud.keys?.remove(keys.access);
}

interface Signing {
  readonly verb: string;
  readonly keys: SigningKeys;
  readonly params: Readonly<Record<string, string>>;
}

/** By version 2 of EC2's signatures, without a time: it is good as long as the keys are. */
export function signed(address: string, { verb, keys, params }: Signing): string {
  const url = new URL(address);
  const words = {
    ...params,
    AWSAccessKeyId: keys.access,
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
  };
  const query = Object.entries(words)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map(escaped).join('='))
    .join('&');
  const text = [verb, url.host, decodeURIComponent(url.pathname), query].join('\n');
  const signature = createHmac('sha256', keys.secret).update(text).digest('base64');
  return `${address}?${query}&Signature=${escaped(signature)}`;
}

const escaped = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
