import { codeOnly, isCode, isTest, placeOf, type Source } from './source.ts';

/** Something that may not stand in some files, and what to do instead. */
interface Ban {
  readonly pattern: RegExp;
  readonly applies: (source: Source) => boolean;
  /** Look in comments and literals too. */
  readonly everywhere?: true;
  readonly instead: string;
}

const isProgram = (source: Source) => source.path.startsWith('src/') && isCode(source) && !isTest(source);
const isNot =
  (...paths: readonly string[]) =>
  (source: Source) =>
    !paths.includes(source.path);
const speaksToPeople = ({ path }: Source) => path === 'src/main.ts' || path.startsWith('src/cli/');

const BANS: readonly Ban[] = [
  {
    pattern: /\bprocess\s*\.\s*env\b/g,
    applies: (source) => isProgram(source) && isNot('src/kernel/environment.ts')(source),
    instead: 'the environment is read in src/kernel/environment.ts alone: take what you need as a parameter.',
  },
  {
    pattern: /\bconsole\s*\./g,
    applies: (source) => isProgram(source) && !speaksToPeople(source),
    instead: 'log with pino (src/kernel/log.ts): a constant message plus fields.',
  },
  {
    pattern: /^export\s+default\b/gm,
    applies: (source) => isCode(source) && !source.path.endsWith('.config.ts'),
    instead: 'export it by its name, the same as the file has.',
  },
  {
    pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s/gm,
    applies: isCode,
    instead: 'Node.js cannot strip an enum: use a union of literals, or an `as const` object.',
  },
  {
    pattern: /['"](?:node:)?child_process['"]/g,
    everywhere: true,
    applies: (source) => isProgram(source) && isNot('src/kernel/exec.ts')(source),
    instead: 'processes run through src/kernel/exec.ts: argument lists, never a shell string.',
  },
  {
    pattern: /(?<![\w.-])\/work\/|\b(?:docker|ghcr|quay|gcr)\.io\/|\bnpmjs\.(?:org|com)/g,
    everywhere: true,
    applies: () => true,
    instead: 'no path of one machine and no host name of a registry: take it from the configuration.',
  },
];

/** @returns a line for every breach of a house rule that is not about style. */
export const checkHouse = (sources: readonly Source[]): readonly string[] => [
  ...BANS.flatMap((ban) => sources.filter(ban.applies).flatMap((source) => breaches(ban, source))),
  ...missingReadmes(sources),
];

function breaches(ban: Ban, source: Source): readonly string[] {
  const text = ban.everywhere ? source.text : codeOnly(source.text);
  return [...text.matchAll(ban.pattern)].map(
    ({ 0: found, index }) =>
      `${placeOf(source, index + found.search(/\S/))}: '${found.trim()}': ${ban.instead}`,
  );
}

/** Each service and each kind of driver says what it is for. */
function missingReadmes(sources: readonly Source[]): readonly string[] {
  const folders = sources.flatMap(
    ({ path }) => /^src\/(?:services|drivers)\/[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  const present = new Set(sources.map(({ path }) => path));
  return [...new Set(folders)]
    .filter((folder) => !present.has(`${folder}/README.md`))
    .map(
      (folder) => `${folder}: write a README.md: purpose, the API it mirrors, its states, what is left out.`,
    );
}
