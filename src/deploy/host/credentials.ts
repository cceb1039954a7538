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

/** `clouds.yaml` without our entry; undefined when nothing else is left in it. */
export function removeCloud(text: string): string | undefined {
  const document = openClouds(text);
  if (!document.deleteIn(['clouds', CLOUD_NAME])) return text;
  const { clouds, ...rest } = document.toJS() as { clouds?: object };
  const empty = Object.keys(clouds ?? {}).length === 0 && Object.keys(rest).length === 0;
  return empty && document.commentBefore === null ? undefined : document.toString({ lineWidth: 0 });
}

function openClouds(text: string) {
  const document = parseDocument(text);
  if (document.contents === null) document.set('clouds', document.createNode({}));
  const clouds = isMap(document.contents) ? document.get('clouds') : undefined;
  if (document.errors.length > 0 || !isMap(clouds))
    throw badRequest('clouds.yaml is not a list of clouds that can be added to; mend or move it.');
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
