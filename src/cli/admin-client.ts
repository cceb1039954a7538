import { CloudClient } from '../sdk/client.ts';
import { getConfig } from '../deploy/host/config-file.ts';
import { getSecrets } from '../deploy/host/secrets.ts';
import { hostPaths } from '../deploy/host/paths.ts';

/** This machine's cloud, as its administrator. Only root may read how. @throws CloudError when it is not up, or not here. */
export async function adminClient(): Promise<CloudClient> {
  const paths = hostPaths();
  const [{ http, region }, { adminPassword }] = [await getConfig(paths), await getSecrets(paths)];
  const credentials = {
    username: 'admin',
    password: adminPassword,
    projectName: 'admin',
    domainId: 'default',
  };
  return CloudClient.signIn({ baseUrl: http.publicUrl, credentials, region });
}
