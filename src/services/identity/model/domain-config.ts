import { forbidden, notFound, type CloudError } from '#kernel/errors.ts';

/** One option of the configuration that a domain has of its own. */
export interface DomainOption {
  readonly domainId: string;
  readonly group: string;
  readonly name: string;
  /** The value; of a sensitive option, what the vault made of it. */
  readonly value: unknown;
  readonly sealed: boolean;
}

/** Groups of options, as callers send and see them. */
export type DomainConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a domain can set, with what holds where it does not. Kept for clients; nothing here reads it. */
export const DEFAULT_CONFIG: DomainConfig = {
  identity: { driver: 'sql', list_limit: null },
  ldap: {
    url: 'ldap://localhost',
    user: null,
    suffix: 'cn=example,cn=com',
    query_scope: 'one',
    page_size: 0,
    chase_referrals: null,
    user_tree_dn: null,
    user_filter: null,
    user_objectclass: 'inetOrgPerson',
    user_id_attribute: 'cn',
    user_name_attribute: 'sn',
    user_description_attribute: 'description',
    user_mail_attribute: 'mail',
    user_pass_attribute: 'userPassword',
    user_enabled_attribute: 'enabled',
    user_enabled_invert: false,
    user_enabled_mask: 0,
    user_enabled_default: 'True',
    user_attribute_ignore: ['default_project_id'],
    user_default_project_id_attribute: null,
    user_enabled_emulation: false,
    user_enabled_emulation_dn: null,
    user_enabled_emulation_use_group_config: false,
    user_additional_attribute_mapping: [],
    group_tree_dn: null,
    group_filter: null,
    group_objectclass: 'groupOfNames',
    group_id_attribute: 'cn',
    group_name_attribute: 'ou',
    group_member_attribute: 'member',
    group_members_are_ids: false,
    group_desc_attribute: 'description',
    group_attribute_ignore: [],
    group_additional_attribute_mapping: [],
    group_ad_nesting: false,
    tls_cacertfile: null,
    tls_cacertdir: null,
    use_tls: false,
    tls_req_cert: 'demand',
    use_pool: true,
    pool_size: 10,
    pool_retry_max: 3,
    pool_retry_delay: 0.1,
    pool_connection_timeout: -1,
    pool_connection_lifetime: 600,
    use_auth_pool: true,
    auth_pool_size: 100,
    auth_pool_connection_lifetime: 60,
  },
};

/** Taken and never shown. */
const SENSITIVE: Readonly<Record<string, readonly string[]>> = { ldap: ['password'] };

export const isSensitive = (group: string, name: string): boolean =>
  SENSITIVE[group]?.includes(name) ?? false;

const isKnown = (group: string, name: string): boolean =>
  Object.hasOwn(DEFAULT_CONFIG[group] ?? {}, name) || isSensitive(group, name);

const invalid = (reason: string): CloudError =>
  forbidden(`Invalid domain specific configuration: ${reason}.`);

/** @throws CloudError `forbidden` for a group or option that domains cannot set. */
export function assertSupported(group: string, name?: string): void {
  if (!Object.hasOwn(DEFAULT_CONFIG, group)) throw invalid(`group ${group} is not supported`);
  if (name !== undefined && !isKnown(group, name))
    throw invalid(`option ${name} in group ${group} is not supported`);
}

/** @throws CloudError `forbidden` when a group or option is unknown, or there is none. */
export function assertConfig(config: DomainConfig): void {
  if (Object.keys(config).length === 0) throw invalid('no options specified');
  for (const [group, options] of Object.entries(config)) {
    assertSupported(group);
    if (typeof options !== 'object' || options === null) throw invalid(`group ${group} is not an object`);
    for (const name of Object.keys(options)) assertSupported(group, name);
  }
}

export const configNotFound = (domainId: string, what: string): CloudError =>
  notFound(`Could not find ${what} in domain configuration for domain ${domainId}.`);
