import type { Registry } from '../model/registry.ts';

/** A registry as Zun shows it. Whether there is a password, it does not tell. */
export const registryView = (registry: Registry, base: string) => ({
  uuid: registry.id,
  name: registry.name,
  domain: registry.domain,
  username: registry.username,
  password: '***',
  project_id: registry.projectId,
  user_id: registry.userId,
  links: [
    { rel: 'self', href: `${base}/v1/registries/${registry.id}` },
    { rel: 'bookmark', href: `${base}/registries/${registry.id}` },
  ],
});
