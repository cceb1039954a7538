import { parse, stringify } from 'yaml';
import { newSecret } from '#kernel/ids.ts';
import { badRequest } from '#kernel/errors.ts';
import { findText } from './files.ts';
import type { HostPaths } from './paths.ts';

/** Made once, at random. Losing them loses every token and every stored secret. */
export interface Secrets {
  readonly adminPassword: string;
  /** The first signs tokens, all verify them. 32 bytes each, base64url. */
  readonly tokenKeys: readonly string[];
  /** They wrap the keys that encrypt secrets at rest: the first wraps, all unwrap. 32 bytes each, base64url. */
  readonly masterKeys: readonly string[];
}

export const newSecrets = (): Secrets => ({
  adminPassword: newSecret(18),
  tokenKeys: [newSecret(32)],
  masterKeys: [newSecret(32)],
});

export const secretsText = (secrets: Secrets): string =>
  `# Hydria's secrets, made once by \`hydria up\`. Keep a copy in a safe place.\n${stringify(secrets)}`;

/** @throws CloudError `bad-request` when there are none, or not all. Never says what they are. */
export async function getSecrets(paths: HostPaths): Promise<Secrets> {
  const value = parse((await findText(paths.secrets)) ?? '') as Partial<Secrets> | null;
  if (value?.adminPassword && value.tokenKeys && value.masterKeys) return value as Secrets;
  throw badRequest(`${paths.secrets} lacks adminPassword, tokenKeys or masterKeys.`);
}
