import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shellSize } from '#src/deploy/host/dashboard.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import type { RealCloud } from '#test/support/real-cloud.ts';
import { seriousFindings } from '../../dashboard/test/browser.ts';
import { DashboardPerson, leave, PICTURES } from './dashboard-person.ts';

const PAGES = [
  '/',
  '/containers',
  '/capsules',
  '/images',
  '/topology',
  '/networks',
  '/ports',
  '/routers',
  '/security-groups',
  '/floating-ips',
  '/volumes',
  '/snapshots',
  '/backups',
  '/stacks',
  '/alarms',
  '/secrets',
  '/users',
  '/projects',
  '/groups',
  '/roles',
  '/application-credentials',
  '/domains',
  '/nodes',
  '/quotas',
  '/audit',
];
/** Dark differs in its colours alone: pages that have all of them stand for the others. */
const LOOKS = [
  { width: 1440, scheme: 'light', pages: PAGES },
  { width: 1440, scheme: 'dark', pages: ['/', '/containers', '/topology', '/nodes', '/audit'] },
  { width: 400, scheme: 'light', pages: PAGES },
] as const;
let person: DashboardPerson;
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  person = await DashboardPerson.start();
  ({ cloud, user } = person);
}, 240_000);
afterAll(() => person[Symbol.asyncDispose]());

const enter = () => person.enter();

it('starts a first container in three clicks, types in its terminal, changes and deletes it', async () => {
  const { page, broken } = await enter();
  await page.getByRole('button', { name: 'Start a first container' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const state = page.locator('dd').getByText('Running');
  await state.waitFor();

  await page.getByRole('tab', { name: 'Terminal' }).click();
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('/ #').first().waitFor();
  await page.keyboard.type('echo on-$((6*7))\n');
  await page.getByText('on-42').first().waitFor();
  await page.screenshot({ path: join(PICTURES, 'terminal.png') });

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('renamed');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'renamed' }).waitFor();

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('starts a container in a machine of its own', async () => {
  const { page, broken } = await enter();
  await page.goto(`${cloud.baseUrl}/ui/containers?new`);
  await page.getByLabel('Name').fill('alone');
  await page.getByLabel('In a machine of its own').check();
  await page.screenshot({ path: join(PICTURES, 'isolated.png') });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('dd').getByText('Running').waitFor({ timeout: 60_000 });
  await page.locator('dd').getByText('clear').waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('loads no more than 300 KB of script before its first page', async () => {
  expect(await shellSize()).toBeGreaterThan(10_000);
  expect(await shellSize()).toBeLessThan(300_000);
});

it('says beside the field what the API would refuse, and sends nothing', async () => {
  const { page } = await enter();
  await page.goto(`${cloud.baseUrl}/ui/containers?new`);
  await page.getByLabel('Ports to open').fill('99999999');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('99999999 is not possible here').waitFor();
  const { containers } = await user.client.get<{ containers: unknown[] }>('container', '/containers');
  expect(containers).toEqual([]);
  await leave(page);
});

it('shows what people have named as the text that it is', async () => {
  const name = '<img src=x onerror="globalThis.ran = true">';
  await user.client.post('network', '/v2.0/networks', { network: { name } });
  const { uuid } = await user.run({ name: 'quiet', image: 'hello', command: ['/usr/bin/hello', name] });
  const { page, broken } = await enter();
  await page.goto(`${cloud.baseUrl}/ui/networks`);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name }).waitFor();
  await page.goto(`${cloud.baseUrl}/ui/containers/${uuid}`);
  await page.getByText(name).first().waitFor();
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
  expect(broken).toEqual([]);
  await leave(page);
});

it('shows a change that somebody else makes without being asked again', async () => {
  const { uuid } = await user.run({ name: 'watched', image: 'hello' });
  const { page } = await enter();
  await page.goto(`${cloud.baseUrl}/ui/containers`);
  const row = page.getByRole('row').filter({ hasText: 'watched' });
  await row.getByText('Running').waitFor();
  await user.client.post('container', `/containers/${uuid}/stop`, {});
  await row.getByText('Stopped').waitFor();
  await user.client.patch('container', `/containers/${uuid}`, { name: 'watched-still' });
  await row.getByRole('link', { name: 'watched-still' }).waitFor();
  await row.getByRole('button', { name: 'Actions: watched' }).click();
  const pause = page.getByRole('menuitem', { name: 'Pause' });
  expect([await pause.isDisabled(), await pause.getAttribute('title')]).toEqual([
    true,
    'Not possible while it is Stopped',
  ]);
  await leave(page);
});

it('stays signed in when the page is loaded anew, until somebody signs out', async () => {
  const { page } = await enter();
  await page.reload();
  await page.getByRole('navigation').waitFor();
  expect(await page.evaluate('document.cookie')).toBe('');
  const [cookie] = await page.context().cookies(`${cloud.baseUrl}/ui/session`);
  await page.getByRole('button', { name: 'admin', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('User').waitFor();
  const used = await fetch(`${cloud.baseUrl}/identity/v3/auth/tokens`, {
    headers: { 'x-auth-token': cookie?.value ?? '', 'x-subject-token': cookie?.value ?? '' },
  });
  expect(used.status).toBe(401);
  await leave(page);
});

it('says that the cloud is away, and shows what it missed when it is back', async () => {
  const { page } = await enter();
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await page.getByRole('link', { name: 'private' }).waitFor();
  await cloud.stop('control');
  const lost = page.getByText('The connection is lost. Trying again');
  await lost.waitFor();
  await cloud.start('control');
  await user.client.post('network', '/v2.0/networks', { network: { name: 'made meanwhile' } });
  await page.getByRole('link', { name: 'made meanwhile' }).waitFor();
  expect(await lost.count()).toBe(0);
  await leave(page);
});

it('goes everywhere by the keyboard, in two languages', async () => {
  const { page } = await enter();
  await page.keyboard.press('g');
  await page.keyboard.press('v');
  await page.getByRole('heading', { name: 'Volumes' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search or jump to').fill('netw');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Networks' }).waitFor();
  await page.getByRole('button', { name: 'admin', exact: true }).click();
  await page.getByRole('menuitem', { name: '中文' }).click();
  await page.getByRole('heading', { name: '网络' }).waitFor();
  await leave(page);
});

it.each(LOOKS)(
  'shows each page so that everybody can use it, $width wide and $scheme',
  async ({ width, scheme, pages }) => {
    const { page, broken } = await enter();
    await page.setViewportSize({ width, height: 860 });
    await page.emulateMedia({ colorScheme: scheme });
    const found: string[] = [];
    for (const path of pages) {
      await page.evaluate(`history.pushState(null, '', '/ui${path}')`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.locator('.mantine-Loader-root').count()).toBe(0);
      await page.screenshot({
        path: join(PICTURES, `${path.slice(1) || 'overview'}-${width}-${scheme}.png`),
      });
      found.push(...(await seriousFindings(page)).map((one) => `${path}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(broken).toEqual([]);
    await leave(page);
  },
);
