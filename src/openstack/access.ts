import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { badRequest, messageOf } from '#kernel/errors.ts';
import { accessOf, type OpenStackAccess } from './cloud-entry.ts';

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
