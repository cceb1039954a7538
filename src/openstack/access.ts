import { readFile } from 'node:fs/promises';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { badRequest, messageOf } from '#kernel/errors.ts';

const Text = Type.String({ minLength: 1 });

const Cloud = Type.Object({
  auth: Type.Object({
    auth_url: Text,
    username: Type.Optional(Text),
    user_id: Type.Optional(Text),
    password: Type.Optional(Text),
    user_domain_name: Type.Optional(Text),
    user_domain_id: Type.Optional(Text),
    project_name: Type.Optional(Text),
    project_id: Type.Optional(Text),
    project_domain_name: Type.Optional(Text),
    project_domain_id: Type.Optional(Text),
    application_credential_id: Type.Optional(Text),
    application_credential_secret: Type.Optional(Text),
  }),
  region_name: Type.Optional(Text),
  interface: Type.Optional(Text),
  network_endpoint_override: Type.Optional(Text),
});

const CloudsFile = Compile(Type.Object({ clouds: Type.Record(Type.String(), Cloud) }));

type CloudEntry = Static<typeof Cloud>;

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

/** One cloud of a `clouds.yaml`, the form that every OpenStack client reads. @throws CloudError `bad-request` */
export async function readAccess(path: string, name: string): Promise<OpenStackAccess> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw badRequest(`Cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  const file = parseClouds(text);
  if (!CloudsFile.Check(file)) throw badRequest(`${path} is not a clouds.yaml.`);
  const cloud = Object.hasOwn(file.clouds, name) ? file.clouds[name] : undefined;
  if (!cloud) throw badRequest(`${path} has no cloud '${name}'.`);
  return accessOf(cloud);
}

/** The parser's own message would show the line it stumbled over, which may hold a password. */
function parseClouds(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    throw badRequest('clouds.yaml is not YAML.');
  }
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
