import { parseArgs } from 'node:util';
import { CloudError } from '#kernel/errors.ts';
import { CloudClient } from '../sdk/client.ts';
import { getConfig } from '../deploy/host/config-file.ts';
import { hostPaths } from '../deploy/host/paths.ts';
import { getSecrets } from '../deploy/host/secrets.ts';
import { print, table, terminal } from './output.ts';

interface TokenKey {
  readonly id: string;
  readonly signs_from: string;
}

const PATH = '/token-keys';

/** `hydria tokens keys|rotate|drop ID`: the keys that sign tokens, through the API of the cloud that runs here. */
export async function tokens(args: readonly string[]): Promise<number> {
  const [verb, id] = parseArgs({ args: [...args], allowPositionals: true }).positionals;
  if (verb === 'drop' && id !== undefined) await (await signIn()).delete('identity', `${PATH}/${id}`);
  else if (verb === 'rotate') await rotate(await signIn());
  else if (verb === 'keys') await list(await signIn());
  else throw new CloudError('bad-request', 'Say `hydria tokens keys`, `rotate`, or `drop ID`.');
  return 0;
}

async function rotate(client: CloudClient): Promise<void> {
  const made = await client.post<{ token_key: TokenKey }>('identity', PATH, { token_key: {} });
  const { id, signs_from: from } = made.token_key;
  print(
    terminal,
    `The key ${id} signs tokens from ${from}. Tokens of the older keys stay good; nobody is logged out.`,
  );
}

async function list(client: CloudClient): Promise<void> {
  const { token_keys: keys } = await client.get<{ token_keys: TokenKey[] }>('identity', PATH);
  print(terminal, ...table([['KEY', 'SIGNS FROM'], ...keys.map((key) => [key.id, key.signs_from])]));
}

async function signIn(): Promise<CloudClient> {
  const paths = hostPaths();
  const { http } = await getConfig(paths);
  const { adminPassword: password } = await getSecrets(paths);
  const credentials = { username: 'admin', password, projectName: 'admin', domainId: 'default' };
  return CloudClient.signIn({ baseUrl: http.publicUrl, credentials });
}
