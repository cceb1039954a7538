import { shellSize } from '#src/deploy/host/dashboard.ts';
import { DashboardPerson, leave } from '../test/host/dashboard-person.ts';
import type { Page } from '../dashboard/test/browser.ts';
import { fillWithContainers } from './support/containers.ts';
import { cpuSeconds } from './support/cpu.ts';
import { latency, ms, printLine, printMachine, verdict } from './support/report.ts';
import { quantile } from './support/stats.ts';

/**
 * What a person at the dashboard waits for, in Debian's Chromium against the real server, with 1,000 containers known: the list after
 * navigation, frames while 50 of them change each second, and what an open page costs control. Peers: the same page with nothing changing,
 * and the same changes with no page open.
 */
const CONTAINERS = 1_000;
const VISITS = 15;
const CHANGES = 50;
const SECONDS = 10;
const BUDGET = { shell: 300 * 1024, list: 300, frame: 100, core: 0.01 };

/** In the page: from the click until the first row is there. */
const OPEN_LIST = `(async () => {
  const begun = performance.now();
  document.querySelector('nav a[href="/ui/containers"]').click();
  while (!document.querySelector('[role=row] a[href^="/ui/containers/"]')) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
})()`;

/** In the page: how long each frame takes from now on. */
const WATCH = `{
  globalThis.spent = [];
  globalThis.watching = true;
  let last = performance.now();
  const next = (now) => {
    spent.push(now - last);
    last = now;
    if (watching) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}`;
const WATCHED = `(watching = false, spent.slice(1))`;

async function main(): Promise<void> {
  await printMachine(`Dashboard: ${CONTAINERS} containers known`);
  await using person = await DashboardPerson.start();
  const shell = await shellSize();
  printLine(
    'script of the shell, compressed',
    `${Math.round(shell / 1024)} KiB`,
    verdict(shell <= BUDGET.shell, '≤ 300 KB'),
  );
  const ids = await fillWithContainers(person.cloud, person.user, CONTAINERS);
  const { page } = await person.enter();
  await measureList(page);
  const quiet = await measureFrames(page, wait);
  printLine('frames while nothing changes', latency(quiet));
  const busy = await measureFrames(page, () => change(person, ids));
  const longest = Math.max(...busy);
  printLine(
    `frames while ${CHANGES} change each second`,
    latency(busy),
    `longest ${ms(longest)}: ${verdict(longest <= BUDGET.frame, `≤ ${BUDGET.frame} ms`)}`,
  );
  await measureStream(person, ids, page);
}

/** From the click to the first row, the page before having been another. */
async function measureList(page: Page): Promise<void> {
  const samples: number[] = [];
  for (let visit = 0; visit <= VISITS; visit++) {
    await page.getByRole('link', { name: 'Networks', exact: true }).click();
    await page.getByRole('link', { name: 'private' }).first().waitFor();
    samples.push(await page.evaluate<number>(OPEN_LIST));
  }
  const warm = samples.slice(1).toSorted((a, b) => a - b);
  printLine('the first visit to the list', ms(samples[0] ?? 0));
  const p50 = quantile(warm, 0.5);
  printLine(
    `the list of ${CONTAINERS} after navigation`,
    latency(warm),
    verdict(p50 <= BUDGET.list, 'p50 ≤ 300 ms'),
  );
}

const wait = () => new Promise<void>((resolve) => setTimeout(resolve, SECONDS * 1_000));

/** New names, at their rate, for some seconds. */
async function change({ user }: DashboardPerson, ids: readonly string[]): Promise<void> {
  const begun = performance.now();
  for (let done = 0; done < CHANGES * SECONDS; done++) {
    const id = ids[done % ids.length] ?? '';
    await user.client.patch('container', `/containers/${id}`, { name: `changed-${done}` });
    const early = begun + (done * 1_000) / CHANGES - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
}

/** Time between frames while something happens, in order of length. */
async function measureFrames(page: Page, happens: () => Promise<void>): Promise<number[]> {
  await page.evaluate(WATCH);
  await happens();
  const frames = await page.evaluate<number[]>(WATCHED);
  return frames.toSorted((a, b) => a - b);
}

/** Of control's processor time: the stream alone, then with what the page asks because of it. */
async function measureStream(person: DashboardPerson, ids: readonly string[], page: Page): Promise<void> {
  const cost = async (during: () => Promise<void>): Promise<number> => {
    const pid = person.cloud.pid('control');
    const before = await cpuSeconds(pid);
    await during();
    return ((await cpuSeconds(pid)) - before) / SECONDS;
  };
  const percent = (share: number) => `${(share * 100).toFixed(1)} % of a core`;
  const openIdle = await cost(wait);
  const openBusy = await cost(() => change(person, ids));
  await leave(page);
  const shutIdle = await cost(wait);
  const shutBusy = await cost(() => change(person, ids));
  const stream = Math.max(0, openIdle - shutIdle);
  printLine('an open page while nothing changes', percent(stream), verdict(stream <= BUDGET.core, '≤ 1 %'));
  printLine(
    `an open list while ${CHANGES} change each second`,
    percent(openBusy - shutBusy),
    `the changes themselves ${percent(shutBusy)}`,
  );
}

await main();
process.exit(0);
