import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudError, notFound } from '#kernel/errors.ts';
import type { Workshop } from './workshop.ts';

const MACHINE_SOURCES = '/etc/apt';

/** Debian's packages and their sources from where this machine has its packages, with lists of our own: the machine's apt stays as it is. */
export class PrivateApt {
  readonly #directory: string;
  readonly #workshop: Workshop;

  constructor(directory: string, workshop: Workshop) {
    this.#directory = directory;
    this.#workshop = workshop;
  }

  async update(): Promise<void> {
    const parts = join(this.#directory, 'sources');
    await mkdir(parts, { recursive: true, mode: 0o755 });
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(this.#directory, folder), { recursive: true, mode: 0o755 });
    for (const { name, text } of await machineSources()) await writeFile(join(parts, name), text);
    await this.#workshop.run('apt-get', [...this.#options(), 'update', '-q']);
  }

  /** The version that `download` would get. */
  async packageVersion(name: string): Promise<string> {
    return this.#field(name, 'Version', ['show', '--no-all-versions', name]);
  }

  /** The newest version that `source` would get, with its epoch, which no file's name has. */
  async sourceVersion(name: string): Promise<string> {
    const [uris, records] = await Promise.all([
      this.#workshop.read('apt-get', [...this.#options(), 'source', '--print-uris', '--only-source', name]),
      this.#workshop.read('apt-cache', [...this.#options(), 'showsrc', '--only-source', name]),
    ]);
    const newest = /\/[^/\s]+_(?<version>[^/\s_]+)\.dsc['\s]/.exec(decodeURIComponent(uris.stdout))?.groups?.[
      'version'
    ];
    const versions = [...records.stdout.matchAll(/^Version: (?<version>\S+)$/gm)].map(
      ({ groups }) => groups?.['version'] ?? '',
    );
    const version = versions.find((each) => each.replace(/^\d+:/, '') === newest);
    if (version === undefined) throw notFound(`Debian has no source package ${name} here.`);
    return version;
  }

  /** Puts the package's file, checked by its signature, into `directory`. */
  async download(name: string, version: string, directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    const args = [...this.#options(), 'download', '-q', `${name}=${version}`];
    await this.#workshop.run('apt-get', args, { cwd: directory });
  }

  /** Puts the source package, checked by its signature, into `directory`, as it comes. */
  async source(name: string, version: string, directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    const args = [
      ...this.#options(),
      'source',
      '-q',
      '--download-only',
      '--only-source',
      `${name}=${version}`,
    ];
    await this.#workshop.run('apt-get', args, { cwd: directory });
  }

  async #field(name: string, field: string, args: readonly string[]): Promise<string> {
    const { stdout } = await this.#workshop.read('apt-cache', [...this.#options(), ...args]);
    const line = stdout.split('\n').find((text) => text.startsWith(`${field}: `));
    if (line === undefined) throw notFound(`Debian has no package ${name} here.`);
    return line.slice(field.length + 2);
  }

  #options(): readonly string[] {
    return [
      'Dir::Etc::SourceList=/dev/null',
      `Dir::Etc::SourceParts=${join(this.#directory, 'sources')}`,
      `Dir::State::Lists=${join(this.#directory, 'lists')}`,
      `Dir::Cache=${join(this.#directory, 'cache')}`,
      'APT::Sandbox::User=root', // its own user cannot write into our folders
    ].flatMap((option) => ['-o', option]);
  }
}

interface SourceFile {
  readonly name: string;
  readonly text: string;
}

async function machineSources(): Promise<readonly SourceFile[]> {
  const parts = join(MACHINE_SOURCES, 'sources.list.d');
  const listed = (await readdir(parts).catch(() => [])).map((name) => join(parts, name));
  const files = [join(MACHINE_SOURCES, 'sources.list'), ...listed];
  const found: SourceFile[] = [];
  for (const path of files) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (path.endsWith('.list')) found.push({ name: `${found.length}.list`, text: listWithSources(text) });
    if (path.endsWith('.sources'))
      found.push({ name: `${found.length}.sources`, text: stanzasWithSources(text) });
  }
  const used = found.filter(({ text }) => text.trim() !== '');
  if (used.length === 0)
    throw new CloudError(
      'not-implemented',
      `${MACHINE_SOURCES} names no mirror of Debian to get the sources from.`,
    );
  return used;
}

const DEBIAN = /\/debian(?:-security)?\/?$/;
const WITHOUT_COMMENTS = /^\s*#.*$/gm;

/** A file of one-line entries: Debian's alone, each for packages and for sources. */
export const listWithSources = (text: string): string =>
  text
    .replaceAll(WITHOUT_COMMENTS, '')
    .split('\n')
    .map((line) => /^\s*deb\s+(?<rest>(?:\[[^\]]*\]\s+)?(?<uri>\S+).*)$/.exec(line)?.groups)
    .flatMap((entry) =>
      entry !== undefined && DEBIAN.test(entry['uri'] ?? '')
        ? [`deb ${entry['rest']}\n`, `deb-src ${entry['rest']}\n`]
        : [],
    )
    .join('');

/** A file of deb822 stanzas: Debian's alone, each for packages and for sources. */
export const stanzasWithSources = (text: string): string =>
  text
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .filter((stanza) => /^Types:.*\bdeb(?!-)/m.test(stanza) && !/^Enabled:\s*no\b/im.test(stanza))
    .filter((stanza) =>
      (/^URIs:(.*)$/m.exec(stanza)?.[1] ?? '')
        .trim()
        .split(/\s+/)
        .every((uri) => DEBIAN.test(uri)),
    )
    .map((stanza) => `${stanza.trim().replace(/^Types:.*$/m, 'Types: deb deb-src')}\n`)
    .join('\n');
