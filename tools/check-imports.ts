import { posix } from 'node:path';
import { isCode, isTest, placeOf, type Source } from './source.ts';

/** Where a room may reach: paths from src/, and whether for types alone. Its own room is always open. */
interface Reach {
  readonly to: RegExp;
  readonly typesOnly?: true;
}

const KERNEL = { to: /^kernel\// };
const OCI = { to: /^oci\// };
const DISK_IMAGE = { to: /^disk-image\// };
/** What nodes keep of workloads, and control reads. */
const MEASURES = { to: /^measures\// };
const PKI = { to: /^pki\// };
const CERTIFICATES = { to: /^ssntp\/(certificates|pki)\.ts$/ };
/** What control and nodes say to each other, and over what: the one thing both sides of the wire know. */
const WIRE = { to: /^(node\/(protocol|description)|ssntp\/(session|roles))\.ts$/ };
/** Any OpenStack's APIs, as a client. */
const OPENSTACK = { to: /^openstack\// };
/** The query language of templates and packages. */
const YAQL = { to: /^yaql\// };
const ANYWHERE = { to: /^/ };

/** Imports run one way (ARCHITECTURE.md). A room that is not here may import nothing but itself. */
const DIRECTIONS: Readonly<Record<string, readonly Reach[]>> = {
  main: [ANYWHERE],
  compose: [ANYWHERE],
  services: [
    KERNEL,
    OPENSTACK,
    OCI,
    DISK_IMAGE,
    MEASURES,
    PKI,
    YAQL,
    WIRE,
    { to: /^drivers\/[^/]+\/driver\.ts$/, typesOnly: true },
    { to: /^services\/[^/]+\/port\.ts$/, typesOnly: true },
  ],
  node: [KERNEL, OCI, DISK_IMAGE, MEASURES, { to: /^(drivers|ssntp|kuryr)\// }],
  kuryr: [KERNEL, OPENSTACK],
  openstack: [KERNEL],
  drivers: [KERNEL],
  ssntp: [KERNEL, PKI],
  oci: [KERNEL],
  'disk-image': [KERNEL],
  measures: [],
  pki: [KERNEL],
  yaql: [KERNEL],
  sdk: [KERNEL, OPENSTACK, { to: /^services\/[^/]+\/schema(\/|\.ts$)/ }],
  deploy: [KERNEL, OCI, CERTIFICATES, { to: /^sdk\// }],
  'compose-file': [KERNEL],
  cli: [KERNEL, OCI, CERTIFICATES, { to: /^(sdk|deploy|openstack|compose-file)\// }],
  // A browser's: only what speaks the API, and what a service itself goes by that needs no server.
  dashboard: [
    { to: /^sdk\// },
    { to: /^kernel\/errors\.ts$/ },
    { to: /^services\/[^/]+\/schema(\/|\.ts$)/ },
    { to: /^services\/[^/]+\/model\// },
  ],
  kernel: [],
};

/** The rooms that stand beside src/, as their files are called from there. */
const BESIDE = '../';

interface Import {
  readonly index: number;
  readonly target: string;
  readonly typesOnly: boolean;
}

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:[^'"`;]*?\sfrom\s+)?['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<lazy>[^'"]+)['"]/gm;

/** @returns a line for every import against the direction. */
export function checkImports(sources: readonly Source[]): readonly string[] {
  const program = sources.filter(
    (source) => isCode(source) && /^(dashboard\/)?src\//.test(source.path) && !isTest(source),
  );
  return program.flatMap((source) =>
    importsOf(source)
      .filter((found) => !mayImport(fromSrc(source.path), found))
      .map((found) => `${placeOf(source, found.index)}: ${explain(source.path, found)}`),
  );
}

export function importsOf(source: Source): readonly Import[] {
  return [...source.text.matchAll(IMPORT)].flatMap(({ index, groups }) => {
    const target = resolve(source.path, groups?.['from'] ?? groups?.['lazy'] ?? '');
    return target === undefined ? [] : [{ index, target, typesOnly: groups?.['type'] !== undefined }];
  });
}

const fromSrc = (path: string): string => posix.relative('src', path);

/** The path from src/; undefined for what is not ours. */
function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1).replace(/^src\//, '');
  if (!specifier.startsWith('.')) return undefined;
  return fromSrc(posix.join(posix.dirname(path), specifier));
}

function mayImport(path: string, { target, typesOnly }: Import): boolean {
  if (ownRoom(path) === ownRoom(target)) return true;
  const reach = DIRECTIONS[roomOf(path)] ?? [];
  return reach.some((rule) => rule.to.test(target) && (rule.typesOnly !== true || typesOnly));
}

/** `services/image/store.ts` → `services`; a file at the top is a composer but for main. */
const roomOf = (path: string): string => {
  const [room = '', inside] = path.replace(BESIDE, '').split('/');
  if (inside !== undefined) return room;
  return path === 'main.ts' ? 'main' : 'compose';
};

/** Each service and each kind of driver is a room of its own. */
const ownRoom = (path: string): string => {
  const room = roomOf(path);
  return ['services', 'drivers'].includes(room) ? path.split('/').slice(0, 2).join('/') : room;
};

function explain(path: string, { target }: Import): string {
  const room = roomOf(fromSrc(path));
  const open = (DIRECTIONS[room] ?? []).map(
    ({ to, typesOnly }) => `${to.source}${typesOnly ? ' (types)' : ''}`,
  );
  return (
    `${room} may not import ${posix.join('src', target)}. It may import itself${open.length > 0 ? ` and ${open.join(', ')}` : ' alone'}: ` +
    'move what is shared to src/kernel, or take it as a parameter that compose or main passes in.'
  );
}
