import { LABELS, chosenServices } from '../compose-file/plan.ts';
import type { Project } from '../compose-file/model.ts';
import { Capsules } from '../sdk/capsules.ts';
import { Containers, type ShownContainer } from '../sdk/containers.ts';
import { read, UsageError, verb, type Options } from './arguments.ts';
import { openSession } from './cloud.ts';
import { applyServices, containersOf, removeOrphans } from './compose/applying.ts';
import { capsulesOf, removeCapsule } from './compose/capsule.ts';
import { followAll, labelOf, printAll } from './compose/following.ts';
import { load, type Loaded } from './compose/load.ts';
import { ensureSurroundings, removeSurroundings } from './compose/surroundings.ts';
import { addressesOf, statusOf } from './containers/ps.ts';
import { remove } from './containers/rm.ts';
import { print, printJson, table, terminal } from './output.ts';

const COMMON = {
  file: {
    type: 'string',
    short: 'f',
    multiple: true,
    default: [] as string[],
    help: 'FILE  the Compose file; later ones over earlier ones',
  },
  'project-name': { type: 'string', short: 'p', help: "NAME  of the project; default: the directory's" },
  profile: {
    type: 'string',
    multiple: true,
    default: [] as string[],
    help: 'NAME  services of this profile too',
  },
  'env-file': { type: 'string', multiple: true, default: [] as string[], help: 'FILE  in place of .env' },
} satisfies Options;

const USAGE = 'hydria compose [-f FILE]… [-p NAME] [--profile NAME]… up | down | ps | logs | config';

/** `hydria compose`: what a Compose file describes, as containers, capsules, networks, volumes and secrets of the cloud. */
export async function compose(args: readonly string[]): Promise<number> {
  const { values, operands } = read(
    { options: COMMON, endsAtOperand: 1 },
    args.filter((one) => one !== '--help'),
  );
  const [name = '', ...rest] = operands;
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part === undefined) {
    if (!args.includes('--help')) throw new UsageError(`Usage: ${USAGE}`);
    print(terminal, `Usage: ${USAGE}`);
    return 0;
  }
  const open = () =>
    load({
      files: values.file,
      name: values['project-name'],
      profiles: values.profile,
      envFiles: values['env-file'],
    });
  return part(open)(args.includes('--help') ? ['--help'] : rest);
}

type Part = (open: () => Loaded) => (args: readonly string[]) => Promise<number>;

const say = (line: string): void => void terminal.err.write(`${line}\n`);

const up: Part = (open) =>
  verb(
    {
      usage: 'compose up [-d] [--remove-orphans] [SERVICE…]',
      options: {
        detach: { type: 'boolean', short: 'd', help: 'do not stay to print what they write' },
        'remove-orphans': {
          type: 'boolean',
          help: 'remove containers of services that the file no longer has',
        },
      },
      operands: [0, Infinity],
    },
    async ({ detach, 'remove-orphans': withOrphans }, named) => {
      const loaded = open();
      const { project, profiles } = loaded;
      const services = chosenServices(project, { profiles, named });
      for (const note of project.notes) say(note);
      const session = await openSession();
      const [containers, capsules] = [new Containers(session), new Capsules(session)];
      const around = await ensureSurroundings(session, loaded, services);
      const existing = await containersOf(containers, project);
      const applying = { containers, capsules, loaded, around, existing, say };
      if (withOrphans === true) await removeOrphans(applying);
      await applyServices(applying, services);
      if (detach !== true) await stay(containers, project);
      return 0;
    },
  );

/** Until all have ended; ctrl-c stops them. */
async function stay(containers: Containers, project: Project): Promise<void> {
  const left = new AbortController();
  process.once('SIGINT', () => left.abort());
  const all = await containersOf(containers, project);
  await followAll(containers, all, {}, left.signal);
  if (!left.signal.aborted) return;
  say('stopping');
  const running = all.filter(({ status }) => status === 'Running');
  await Promise.all(running.map(({ uuid }) => containers.power(uuid, 'stop').catch(() => {}))); // it may have ended
}

const down: Part = (open) =>
  verb(
    {
      usage: 'compose down [-v]',
      options: { volumes: { type: 'boolean', short: 'v', help: 'volumes too, with all that is on them' } },
      operands: [0, 0],
    },
    async ({ volumes }) => {
      const loaded = open();
      const session = await openSession();
      const [containers, capsules] = [new Containers(session), new Capsules(session)];
      const [all, pods] = [
        await containersOf(containers, loaded.project),
        await capsulesOf(capsules, loaded),
      ];
      await Promise.all([
        ...all.map(async ({ uuid, name }) => {
          await remove(containers, uuid, true);
          say(`removed    ${name}`);
        }),
        ...pods.map(({ uuid }) => removeCapsule(capsules, uuid)),
      ]);
      await removeSurroundings(session, loaded, volumes === true);
      return 0;
    },
  );

const ps: Part = (open) =>
  verb(
    {
      usage: 'compose ps [--json]',
      options: { json: { type: 'boolean', help: 'as the API shows them' } },
      operands: [0, 0],
    },
    async ({ json }) => {
      const loaded = open();
      const session = await openSession();
      const pods = await capsulesOf(new Capsules(session), loaded);
      const all = await containersOf(new Containers(session), loaded.project);
      if (json === true) printJson(terminal, [...all, ...pods]);
      else print(terminal, ...describe(all), ...pods.map(({ name, status }) => `capsule ${name}: ${status}`));
      return 0;
    },
  );

const describe = (all: readonly ShownContainer[]): readonly string[] =>
  table([
    ['SERVICE', 'NAME', 'IMAGE', 'STATUS', 'ADDRESSES'],
    ...all.map((one) => [
      one.labels[LABELS.service] ?? '',
      one.name,
      one.image,
      statusOf(one),
      addressesOf(one).join(', '),
    ]),
  ]);

const logs: Part = (open) =>
  verb(
    {
      usage: 'compose logs [-f] [-n N] [SERVICE…]',
      options: {
        follow: { type: 'boolean', short: 'f', help: 'go on until all have ended' },
        tail: { type: 'string', short: 'n', help: 'N  the last lines of each alone' },
      },
      operands: [0, Infinity],
    },
    async ({ follow, tail }, named) => {
      const { project } = open();
      const containers = new Containers(await openSession());
      const all = (await containersOf(containers, project))
        .filter(({ labels }) => named.length === 0 || named.includes(labels[LABELS.service] ?? ''))
        .sort((a, b) => labelOf(a).localeCompare(labelOf(b)));
      await (follow === true ? followAll : printAll)(containers, all, { tail });
      return 0;
    },
  );

const config: Part = (open) =>
  verb(
    {
      usage: 'compose config [-q]',
      options: { quiet: { type: 'boolean', short: 'q', help: 'check it alone' } },
      operands: [0, 0],
    },
    async ({ quiet }) => {
      const { project } = open();
      if (quiet !== true) printJson(terminal, plain(project));
      return 0;
    },
  );

/** As JSON, without what is secret. */
function plain({ name, services, networks, volumes, secrets, configs, notes }: Project) {
  const hidden = [...secrets].map(([key, secret]) => [
    key,
    'text' in secret ? { ...secret, text: '***' } : secret,
  ]);
  const [all, nets, disks, files] = [services, networks, volumes, configs].map((map) =>
    Object.fromEntries(map as ReadonlyMap<string, unknown>),
  );
  return {
    name,
    services: all,
    networks: nets,
    volumes: disks,
    secrets: Object.fromEntries(hidden),
    configs: files,
    notes,
  };
}

const PARTS: Readonly<Record<string, Part>> = { up, down, ps, logs, config };
