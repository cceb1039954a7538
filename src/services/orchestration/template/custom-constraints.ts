import ipaddr from 'ipaddr.js';
import type { Json } from './json.ts';

const CLOUD_KINDS: { readonly [service: string]: string } = {
  nova: 'flavor host keypair network server',
  glance: 'image',
  neutron:
    'network port subnet subnetpool router security_group qos_policy address_scope segment provider rbac_policy',
  cinder: 'volume snapshot vtype backup qos_specs group_type',
  keystone: 'project user role domain group service region',
  barbican: 'secret container',
  magnum: 'cluster_template baymodel',
  octavia: 'loadbalancer listener pool l7policy flavor flavorprofile',
  designate: 'zone',
  manila: 'share_network share_type',
  mistral: 'workflow',
  zaqar: 'queue',
  heat: 'stack software_config',
};

/** Constraints that name things of the cloud (`nova.flavor`): who resolves properties asks for these. */
export const CLOUD_CONSTRAINTS: ReadonlySet<string> = new Set(
  Object.entries(CLOUD_KINDS).flatMap(([service, kinds]) =>
    kinds.split(' ').map((kind) => `${service}.${kind}`),
  ),
);

/** @returns what is wrong ('' for nothing more than that it is); null when nothing is. */
type Check = (value: Json, now: Date) => string | null;

/** Constraints that need nothing but the value. */
export const PURE_CONSTRAINTS: { readonly [name: string]: Check | undefined } = Object.assign(
  Object.create(null) as object,
  {
    ip_addr: texts((value) => (isAddress(value) ? null : 'Invalid IP address')),
    net_cidr: texts(cidrWrong),
    ip_or_cidr: texts((value) => {
      if (value.includes('/')) return cidrWrong(value);
      return isAddress(value) ? null : `'${value}' is not a valid IP address`;
    }),
    mac_addr: texts((value) => (isMac(value) ? null : 'Invalid MAC address.')),
    dns_name: texts(dnsNameWrong),
    rel_dns_name: texts(relativeNameWrong),
    dns_domain: texts((value) => {
      const wrong = dnsNameWrong(value);
      return wrong !== null || value === '' || value.endsWith('.') ? wrong : `'${value}' must end with '.'.`;
    }),
    iso_8601: texts((value) => (isoTime(value) === undefined ? '' : null)),
    expiration: texts((value, now) => {
      if (value === '') return null;
      const time = isoTime(value.trim());
      if (time === undefined) return `Expiration ${value} is invalid: it is no ISO 8601 time.`;
      return time > now.getTime() ? null : `Expiration ${value} is invalid: Expiration time is out of date.`;
    }),
    timezone: texts((value) => (value === '' || isTimezone(value) ? null : `Invalid timezone: '${value}'`)),
    cron_expression: texts((value) =>
      value === '' || isCron(value) ? null : `Invalid CRON expression: ${value}`,
    ),
    json_string: texts((value) => (isJson(value) ? null : 'it is no JSON')),
    test_constr: texts(() => null),
  } satisfies { [name: string]: Check },
);

function texts(check: (value: string, now: Date) => string | null): Check {
  return (value, now) => (typeof value === 'string' ? check(value, now) : 'it must be a string');
}

/** Four decimal parts, or IPv6; nothing around it, no zone, no shortened forms. */
const isAddress = (value: string): boolean =>
  !value.includes('%') &&
  (ipaddr.IPv4.isValidFourPartDecimal(value) || (value.includes(':') && ipaddr.IPv6.isValid(value)));

/** The network itself: no host bits, the length said. */
function cidrWrong(value: string): string | null {
  const [address = '', length = '', ...rest] = value.split('/');
  if (rest.length > 0 || !isAddress(address) || !/^\d{1,3}$/.test(length))
    return `'${value}' isn't a recognized IP subnet cidr, '<address>/<length>' is expected`;
  const family = address.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  if (Number(length) > (family === ipaddr.IPv6 ? 128 : 32)) return `'${value}' has too long a prefix`;
  const network = family.networkAddressFromCIDR(value).toString();
  return network === family.parse(address).toString()
    ? null
    : `'${value}' isn't a recognized IP subnet cidr, '${network}/${Number(length)}' is recommended`;
}

const isMac = (value: string): boolean =>
  /^([0-9a-f]{1,2}([:-]))[0-9a-f]{1,2}(\2[0-9a-f]{1,2}){4}$/i.test(value) ||
  /^[0-9a-f]{12}$/i.test(value) ||
  /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$|^[0-9a-f]{6}-[0-9a-f]{6}$/i.test(value);

const FQDN_MAX = 255;

function dnsNameWrong(value: string): string | null {
  if (value === '') return null;
  const wrong = fqdnWrong(value);
  return wrong === null ? null : `'${value}' not in valid format. Reason: ${wrong}`;
}

function fqdnWrong(value: string): string | null {
  const trimmed = value.endsWith('.') ? value.slice(0, -1) : value;
  if (trimmed.length > FQDN_MAX) return `'${trimmed}' exceeds the ${FQDN_MAX} character FQDN limit`;
  const labels = trimmed.split('.');
  for (const label of labels) {
    if (label === '') return 'Encountered an empty component.';
    if (label.startsWith('-') || label.endsWith('-'))
      return `Name '${label}' must not start or end with a hyphen.`;
    if (!/^[a-z0-9-]{1,63}$/i.test(label))
      return `Name '${label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen.`;
  }
  const top = labels.at(-1) ?? '';
  return value.endsWith('.') && labels.length > 1 && /^\d+$/.test(top)
    ? `TLD '${top}' must not be all numeric.`
    : null;
}

function relativeNameWrong(value: string): string | null {
  if (value.endsWith('.')) return `'${value}' is a FQDN. It should be a relative domain name.`;
  if (value.length > FQDN_MAX - 3)
    return (
      `'${value}' contains '${value.length}' characters. Adding a domain name will cause it to exceed the ` +
      `maximum length of a FQDN of '${FQDN_MAX}'.`
    );
  return dnsNameWrong(value);
}

const ISO_TIME =
  /^\d{4}(-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?)?)?$|^\d{8}(T\d{6}(\.\d+)?Z?)?$/;

/** Milliseconds since 1970; UTC where no zone is said. */
function isoTime(value: string): number | undefined {
  if (!ISO_TIME.test(value)) return undefined;
  const basic = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?/.exec(value);
  const text = basic === null ? value.replace(' ', 'T') : basicTime(basic);
  const hour = text.replace(/T(\d{2})(?=$|Z|[+-])/, 'T$1:00').replace(/([+-]\d{2})(\d{2})?$/, zoneText);
  const zoned = text.includes('T') && !/(Z|[+-]\d{2}:?\d{0,2})$/.test(text) ? `${hour}Z` : hour;
  const time = Date.parse(text.includes('T') ? zoned : text);
  return Number.isNaN(time) ? undefined : time;
}

const basicTime = ([, year, month, day, hours = '00', minutes = '00', seconds = '00']: RegExpExecArray) =>
  `${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`;

function zoneText(found: string, hours: string, minutes: string | undefined, ...rest: unknown[]): string {
  const [offset, whole] = rest as [number, string];
  return whole.includes('T') && offset > whole.indexOf('T') ? `${hours}:${minutes ?? '00'}` : found;
}

function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).format(0) !== '';
  } catch {
    return false;
  }
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Minute, hour, day of the month, month, day of the week; then second. */
const CRON_FIELDS: readonly { min: number; max: number; names?: readonly string[]; from?: number }[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS, from: 1 },
  { min: 0, max: 7, names: DAYS, from: 0 },
  { min: 0, max: 59 },
];
const CRON_ALIASES = /^@(midnight|hourly|daily|weekly|monthly|yearly|annually)$/;

function isCron(value: string): boolean {
  if (CRON_ALIASES.test(value.trim())) return true;
  const fields = value.trim().toLowerCase().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) return false;
  return fields.every((field, at) => field.split(',').every((part) => isCronPart(part, at)));
}

function isCronPart(part: string, at: number): boolean {
  const field = CRON_FIELDS[at];
  const found = /^(\*|\?|l|(\w+)(?:-(\w+))?(?:#[1-5])?)(?:\/(\d+))?$/.exec(part);
  if (field === undefined || found === null) return false;
  const [, all = '', first, last, step] = found;
  if (step === '0' || (all === 'l' && at !== 2)) return false;
  if (all === '?' && at !== 2 && at !== 4) return false;
  return [first, last].every((one) => one === undefined || isCronValue(one, field));
}

function isCronValue(text: string, { min, max, names, from = 0 }: (typeof CRON_FIELDS)[number]): boolean {
  if (text === 'l') return true;
  const named = names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + from : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
