/** Ports and ICMP types that people know by name. */
const PORT_NAMES: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  smtp: 25,
  dns: 53,
  http: 80,
  pop3: 110,
  ntp: 123,
  imap: 143,
  ldap: 389,
  https: 443,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  mysql: 3306,
  rdp: 3389,
  postgresql: 5432,
  amqp: 5672,
  redis: 6379,
  'http-alt': 8080,
};

/** By the version of IP, as IANA numbers them. */
const ICMP_TYPES = {
  IPv4: {
    'echo-reply': 0,
    'destination-unreachable': 3,
    redirect: 5,
    'echo-request': 8,
    'time-exceeded': 11,
    'parameter-problem': 12,
    timestamp: 13,
  },
  IPv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    'echo-reply': 129,
    'router-solicitation': 133,
    'router-advertisement': 134,
    'neighbour-solicitation': 135,
    'neighbour-advertisement': 136,
  },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

export type Version = keyof typeof ICMP_TYPES;

/** What a rule is about. */
interface Subject {
  readonly ethertype: Version;
  /** null = any. */
  readonly protocol: string | null;
}

/** A port or type as the API takes it; a word that nobody knows stays, for the API's schema to refuse. */
type Bound = number | string | null;

export interface Range {
  readonly port_range_min: Bound;
  readonly port_range_max: Bound;
}

const isIcmp = ({ protocol }: Subject): boolean => /^(icmp|icmpv6|ipv6-icmp|1|58)$/.test(protocol ?? '');

const namesOf = (subject: Subject): Readonly<Record<string, number>> =>
  isIcmp(subject) ? ICMP_TYPES[subject.ethertype] : PORT_NAMES;

/** `80`, `8000–8100`, `https`; of ICMP `echo-request`, `8`, `3/1`. */
export function rangeOf(words: string, subject: Subject): Range {
  const names = namesOf(subject);
  const read = (word: string): Bound =>
    names[word.toLowerCase()] ?? (/^\d+$/.test(word) ? Number(word) : word);
  const separator = isIcmp(subject) ? '/' : /(?<=\d)\s*[-–]\s*(?=\d)/;
  const [from = '', until] = words.trim().split(separator);
  const first = read(from);
  return {
    port_range_min: first,
    port_range_max: until === undefined ? (isIcmp(subject) ? null : first) : read(until),
  };
}

interface SpokenRule extends Subject {
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
}

/** The same back: with the name that is known. */
export function rangeText(rule: SpokenRule): string {
  const { port_range_min: from, port_range_max: until } = rule;
  if (from === null) return '';
  const name = Object.entries(namesOf(rule)).find(([, number]) => number === from)?.[0];
  const named = name === undefined ? `${from}` : `${from} (${name})`;
  if (isIcmp(rule)) return until === null ? named : `${named} / ${until}`;
  return until === null || until === from ? named : `${from}–${until}`;
}
