import { isDeepStrictEqual } from 'node:util';
import { isMap, parseDocument } from 'yaml';
import { badRequest } from '#kernel/errors.ts';

/** Who signs in where: what every OpenStack client needs to know. */
export interface Credentials {
  readonly authUrl: string;
  readonly region: string;
  readonly username: string;
  /** Left out where others could read it. */
  readonly password?: string;
  readonly project: string;
}

/** The cloud's name in `clouds.yaml`: `openstack --os-cloud hydria …`. */
export const CLOUD_NAME = 'hydria';

export function openrcText(credentials: Credentials): string {
  const variables = {
    OS_AUTH_URL: credentials.authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password ?? '',
    OS_PROJECT_NAME: credentials.project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: credentials.region,
    OS_INTERFACE: 'public',
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  return ['# Made by `hydria up`. Use it with: . <this file>', 'unset OS_CLOUD', ...lines, ''].join('\n');
}

/** One word for a POSIX shell, whatever is in it. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * `clouds.yaml` with our entry new or renewed; other clouds, their order and comments stay.
 * @throws CloudError `bad-request` when the text is not a mapping with clouds: we do not mend what is not ours.
 */
export function mergeCloud(text: string, credentials: Credentials): string {
  const document = openClouds(text);
  document.setIn(['clouds', CLOUD_NAME], document.createNode(cloudEntry(credentials)));
  return document.toString({ lineWidth: 0 });
}

/** Whether the entry is there as it should be. */
export const hasCloud = (text: string, credentials: Credentials): boolean =>
  isDeepStrictEqual(openClouds(text).toJS().clouds[CLOUD_NAME], cloudEntry(credentials));

/** `clouds.yaml` without our entry; undefined when nothing else is left in it. What we cannot read has none of ours. */
export function removeCloud(text: string): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !document.hasIn(['clouds', CLOUD_NAME])) return text;
  document.deleteIn(['clouds', CLOUD_NAME]);
  const { clouds, ...rest } = document.toJS() as { clouds: object };
  const isEmpty = Object.keys({ ...clouds, ...rest }).length === 0 && !text.includes('#');
  return isEmpty ? undefined : document.toString({ lineWidth: 0 });
}

function openClouds(text: string) {
  const document = parseDocument(text);
  if (document.contents === null || (isMap(document.contents) && !document.get('clouds')))
    document.set('clouds', document.createNode({}));
  if (document.errors.length > 0 || !isMap(document.contents) || !isMap(document.get('clouds')))
    throw badRequest('clouds.yaml is not a mapping of clouds that can be added to; mend or move it.');
  return document;
}

const cloudEntry = (credentials: Credentials) => ({
  auth: {
    auth_url: credentials.authUrl,
    username: credentials.username,
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    project_name: credentials.project,
    user_domain_name: 'Default',
    project_domain_name: 'Default',
  },
  region_name: credentials.region,
  identity_api_version: 3,
  interface: 'public',
});
