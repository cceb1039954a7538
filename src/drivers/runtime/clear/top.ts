import { isoTime } from '#kernel/clock.ts';
import { badRequest } from '#kernel/errors.ts';
import type { ProcessTable } from '../driver.ts';

/** A process as the machine's agent tells of it: what proc_pid_status(5) and proc_pid_stat(5) say, and its command line. */
export interface GuestProcess {
  /** As the workload sees it. */
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly comm: string;
  readonly args: string;
  readonly state: string;
  readonly pgid: number;
  readonly sid: number;
  readonly hasTerminal: boolean;
  readonly nice: number;
  readonly threads: number;
  readonly cpuSeconds: number;
  readonly ageSeconds: number;
  readonly virtualKib: number;
  readonly residentKib: number;
}

const TICKS = 100;
const PAGE_KIB = 4;

/** The records of the question `processes`. */
export function readProcesses(
  records: readonly (readonly [name: string, value: Buffer])[],
): readonly GuestProcess[] {
  const uptime = Number.parseFloat(records.find(([name]) => name === 'uptime')?.[1].toString() ?? '0');
  const raw = records
    .filter(([name]) => name === 'process')
    .map(([, value]) => parse(value.toString(), uptime));
  const own = new Map(raw.map(({ outer, process }) => [outer, process.pid]));
  return raw.map(({ process, outerParent }) => ({ ...process, ppid: own.get(outerParent) ?? 0 }));
}

function parse(text: string, uptime: number) {
  const [status = '', stat = '', ...words] = text.split('\0');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const comm = field('Name');
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = (index: number) => Number(numbers[index - 3] ?? 0);
  const args = words.filter((word) => word !== '').join(' ');
  const process: GuestProcess = {
    pid: Number(field('NSpid').split(/\s+/).at(-1)),
    ppid: 0,
    uid: Number(field('Uid').split(/\s+/)[0]),
    comm,
    args: args === '' ? `[${comm}]` : args,
    state: numbers[0] ?? '?',
    pgid: at(5),
    sid: at(6),
    hasTerminal: at(7) !== 0,
    nice: at(19),
    threads: at(20),
    cpuSeconds: (at(14) + at(15)) / TICKS,
    ageSeconds: Math.max(0, uptime - at(22) / TICKS),
    virtualKib: at(23) / 1024,
    residentKib: at(24) * PAGE_KIB,
  };
  return { process, outer: Number(field('Pid')), outerParent: at(4) };
}

interface Column {
  readonly title: string;
  readonly of: (process: GuestProcess, now: Date) => string;
}

const column = (title: string, of: Column['of']): Column => ({ title, of });
const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
const clockTime = (seconds: number): string =>
  `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
const elapsed = (seconds: number): string =>
  seconds >= 3600 ? clockTime(seconds) : `${two(seconds / 60)}:${two(seconds % 60)}`;
const percent = ({ cpuSeconds, ageSeconds }: GuestProcess): number =>
  ageSeconds > 0 ? (cpuSeconds / ageSeconds) * 100 : 0;
const began = ({ ageSeconds }: GuestProcess, now: Date): string =>
  isoTime(new Date(now.getTime() - ageSeconds * 1000)).slice(11, 16);

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: column('PID', ({ pid }) => String(pid)),
  ppid: column('PPID', ({ ppid }) => String(ppid)),
  uid: column('UID', ({ uid }) => String(uid)),
  user: column('USER', ({ uid }) => (uid === 0 ? 'root' : String(uid))),
  pgid: column('PGID', ({ pgid }) => String(pgid)),
  sid: column('SID', ({ sid }) => String(sid)),
  tty: column('TT', ({ hasTerminal }) => (hasTerminal ? 'pts' : '?')),
  stat: column('STAT', ({ state }) => state),
  s: column('S', ({ state }) => state),
  time: column('TIME', ({ cpuSeconds }) => clockTime(cpuSeconds)),
  etime: column('ELAPSED', ({ ageSeconds }) => elapsed(ageSeconds)),
  stime: column('STIME', began),
  start: column('STARTED', began),
  c: column('C', (process) => String(Math.round(percent(process)))),
  pcpu: column('%CPU', (process) => percent(process).toFixed(1)),
  vsz: column('VSZ', ({ virtualKib }) => String(Math.round(virtualKib))),
  rss: column('RSS', ({ residentKib }) => String(residentKib)),
  ni: column('NI', ({ nice }) => String(nice)),
  nlwp: column('NLWP', ({ threads }) => String(threads)),
  comm: column('COMMAND', ({ comm }) => comm),
  cmd: column('CMD', ({ args }) => args),
  args: column('COMMAND', ({ args }) => args),
};
const SYNONYMS: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  tt: 'tty',
  tname: 'tty',
  command: 'args',
  euser: 'user',
  state: 's',
  thcount: 'nlwp',
  nice: 'ni',
};
const FULL = 'user,pid,ppid,c,stime,tty,time,cmd';
const LONG = 'user,pid,pcpu,vsz,rss,tty,stat,start,time,args';
const SHORT = 'pid,tty,time,cmd';

/**
 * As ps(1) would tell it, by numbers that the workload sees. Users are numbers but for root: their names are the image's own.
 * @throws CloudError `bad-request` for options or fields that are not known, and for a choice without the pid.
 */
export function processTable(
  processes: readonly GuestProcess[],
  psArgs: string | null,
  now: Date,
): ProcessTable {
  const columns = chosen(psArgs ?? '-ef').map((name) => COLUMNS[SYNONYMS[name] ?? name] ?? unknown(name));
  const titles = columns.map(({ title }) => title);
  if (!titles.includes('PID')) throw badRequest("Couldn't find PID field in ps output");
  const sorted = processes.toSorted((a, b) => a.pid - b.pid);
  return { titles, processes: sorted.map((process) => columns.map(({ of }) => of(process, now))) };
}

function chosen(psArgs: string): readonly string[] {
  const words = psArgs.trim().split(/\s+/);
  const at = words.findIndex((word) => /^-?[eaxA]*o/.test(word));
  if (at >= 0) {
    const list = (words[at] ?? '').replace(/^-?[eaxA]*o/, '') || words[at + 1];
    if (list === undefined) throw badRequest('ps: error: format specification must follow -o');
    return list.toLowerCase().split(',');
  }
  if (words.every((word) => /^-?[eaxAfuw]+$/.test(word)))
    return (
      words.some((word) => word.includes('u'))
        ? LONG
        : words.some((word) => word.includes('f'))
          ? FULL
          : SHORT
    ).split(',');
  throw badRequest('ps: error: unsupported option (BSD syntax)');
}

function unknown(name: string): never {
  throw badRequest(`ps: error: unknown user-defined format specifier "${name}"`);
}
