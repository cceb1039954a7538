import { badRequest } from '#kernel/errors.ts';

/** Where an OpenStack is, and as whom it is used. */
export interface OpenStackAccess {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  /** The `auth` of `POST /v3/auth/tokens`: never logged. */
  readonly auth: object;
  /** null = whichever the catalogue names first. */
  readonly region: string | null;
  /** `public`, `internal` or `admin`. */
  readonly interface: string;
  /** Where a service is, by its type, when the catalogue's word is not to be taken. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

/** A cloud of a `clouds.yaml`; the environment's `OS_…` say the same. */
export interface CloudEntry {
  readonly auth: {
    readonly auth_url: string;
    readonly username?: string;
    readonly user_id?: string;
    readonly password?: string;
    readonly user_domain_name?: string;
    readonly user_domain_id?: string;
    readonly project_name?: string;
    readonly project_id?: string;
    readonly project_domain_name?: string;
    readonly project_domain_id?: string;
    readonly application_credential_id?: string;
    readonly application_credential_secret?: string;
  };
  readonly region_name?: string;
  readonly interface?: string;
  readonly network_endpoint_override?: string;
}

/** @throws CloudError `bad-request` when there is neither a password nor an application credential. */
export const accessOf = (cloud: CloudEntry): OpenStackAccess => ({
  authUrl: cloud.auth.auth_url,
  auth: authOf(cloud.auth),
  region: cloud.region_name ?? null,
  interface: (cloud.interface ?? 'public').replace(/URL$/, ''),
  endpoints:
    cloud.network_endpoint_override === undefined ? {} : { network: cloud.network_endpoint_override },
});

function authOf(auth: CloudEntry['auth']): object {
  const { application_credential_id: id, application_credential_secret: secret } = auth;
  if (id !== undefined && secret !== undefined)
    return { identity: { methods: ['application_credential'], application_credential: { id, secret } } };
  if (auth.password === undefined)
    throw badRequest('The cloud has neither a password nor an application credential with id and secret.');
  const user = {
    ...(auth.user_id === undefined
      ? { name: auth.username, domain: domainOf(auth.user_domain_id, auth.user_domain_name) }
      : { id: auth.user_id }),
    password: auth.password,
  };
  const project =
    auth.project_id === undefined
      ? { name: auth.project_name, domain: domainOf(auth.project_domain_id, auth.project_domain_name) }
      : { id: auth.project_id };
  return { identity: { methods: ['password'], password: { user } }, scope: { project } };
}

const domainOf = (id: string | undefined, name: string | undefined) =>
  id === undefined && name !== undefined ? { name } : { id: id ?? 'default' };
