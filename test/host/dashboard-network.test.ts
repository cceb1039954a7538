import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '#test/support/until.ts';
import { seriousFindings, type Page } from '../../dashboard/test/browser.ts';
import {
  choose,
  DashboardPerson,
  form,
  fromRow,
  heading,
  leave,
  picture,
  row,
  send,
} from './dashboard-person.ts';

/** Networks as a person at the dashboard makes, joins and opens them, with real containers on them. */
let person: DashboardPerson;

beforeAll(async () => {
  person = await DashboardPerson.start();
}, 240_000);
afterAll(() => person[Symbol.asyncDispose]());

const open = (page: Page, path: string) => page.evaluate(`history.pushState(null, '', '/ui${path}')`);

it('starts hello, gives it a floating IP in two clicks, and is answered there', async () => {
  const { page, broken } = await person.enter();
  await page.getByRole('button', { name: 'Start a first container' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('dd').getByText('Running').waitFor();

  await page.getByRole('button', { name: 'Give a floating IP' }).click();
  await form(page).getByRole('button', { name: 'Give a floating IP' }).click();
  const link = page.getByRole('link', { name: /^\d+\.\d+\.\d+\.\d+$/ });
  await link.waitFor();
  const address = (await link.getAttribute('href')) ?? '';
  expect(address).toMatch(/^http:\/\/10\./);
  const greeting = await until('hello answers outside', async () => (await fetch(address)).text());
  expect(greeting).toContain('Hello from Hydria');
  await picture(page, 'workload-floating-1440');

  await page.getByRole('tab', { name: 'Networks' }).click();
  await page.getByRole('button', { name: /^Disassociate/ }).click();
  await link.waitFor({ state: 'detached' });
  expect(broken).toEqual([]);
  await leave(page);
});

it('leads a floating IP that is there somewhere, takes it off, and releases it', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/floating-ips`);
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  const disassociate = page.getByRole('button', { name: 'Disassociate' });
  await disassociate.waitFor();
  expect(await disassociate.getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Associate', exact: true }).click();
  await choose(page, 'Leads to', /·/);
  await send(page, 'Associate');
  await page.locator('dd').getByText('ACTIVE').waitFor();
  await picture(page, 'floating-ip-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await disassociate.click();
  await page.locator('dd').getByText('DOWN').waitFor();
  await page.getByRole('button', { name: 'Release' }).click();
  await form(page).getByRole('button', { name: 'Release' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('makes a network with a subnet and a port, changes them, and joins them to a router', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/networks?new`);
  await form(page).getByLabel('Name', { exact: false }).first().fill('office');
  await form(page).getByLabel('Range of its subnet').fill('10.50.0.0/24');
  await send(page, 'Create');
  await heading(page, 'office');
  await fromRow(page, '10.50.0.0/24', 'Edit');
  await form(page).getByLabel('Name servers').fill('9.9.9.9');
  await form(page).getByLabel('Addresses to give').fill('10.50.0.10 - 10.50.0.20');
  await send(page, 'Save');
  await row(page, '9.9.9.9').getByText('10.50.0.10 – 10.50.0.20').waitFor();
  await picture(page, 'network-subnets-1440');

  await page.getByRole('tab', { name: 'Ports' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await form(page).getByLabel('Name', { exact: false }).first().fill('printer');
  await form(page).getByLabel('Addresses').fill('10.50.0.15');
  await send(page, 'Create');
  await row(page, 'printer').getByText('10.50.0.15').waitFor();
  await picture(page, 'network-ports-1440');

  await page.goto(`${person.cloud.baseUrl}/ui/routers?new`);
  await form(page).getByLabel('Name', { exact: false }).first().fill('door');
  await send(page, 'Create');
  await heading(page, 'door');
  await page.getByRole('button', { name: 'Create' }).click();
  await choose(page, 'Subnets', /office/);
  await send(page, 'Connect');
  await row(page, '10.50.0.1').getByText('office').waitFor();
  await page.getByRole('button', { name: 'Set gateway' }).click();
  await choose(page, 'Outside network', /./);
  await send(page, 'Save');
  await page.getByRole('tab', { name: 'Static routes' }).click();
  await page.getByRole('button', { name: 'Create' }).click();
  await form(page).getByLabel('Destination').fill('10.99.0.0/16');
  await form(page).getByLabel('Next hop').fill('10.50.0.15');
  await send(page, 'Create');
  await row(page, '10.99.0.0/16').waitFor();
  await picture(page, 'router-routes-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await fromRow(page, '10.99.0.0/16', 'Delete');
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  await page.getByRole('button', { name: 'Clear gateway' }).click();
  expect(broken).toEqual([]);
  await leave(page);
});

it('adds rules by the names of ports and types, says what is none, and lets groups in', async () => {
  const { page } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/security-groups?new`);
  await form(page).getByLabel('Name', { exact: false }).first().fill('web');
  await send(page, 'Create');
  await heading(page, 'web');
  const add = async (words: string) => {
    await page.getByRole('button', { name: 'Create' }).click();
    await form(page).getByLabel('Ports, or type of ICMP').fill(words);
  };
  await add('gopherish');
  await form(page).getByRole('button', { name: 'Add a rule' }).click();
  await form(page).locator('.mantine-InputWrapper-error').waitFor();
  await form(page).getByLabel('Ports, or type of ICMP').fill('https');
  await choose(page, 'From or to members of a group', 'default');
  await send(page, 'Add a rule');
  await row(page, '443 (https)').getByRole('link', { name: 'default' }).waitFor();
  await add('echo-request');
  await choose(page, 'Protocol', 'icmp');
  await send(page, 'Add a rule');
  await row(page, '8 (echo-request)').waitFor();
  await picture(page, 'security-rules-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await leave(page);
});

it('draws how it all hangs together, live, each thing a link to its page, and says it in words too', async () => {
  const { page, broken } = await person.enter();
  const [first] = await person.user.list();
  await person.user.run({ name: 'seen', image: 'hello' });
  await open(page, '/topology');
  const drawn = page.getByRole('link', { name: /^seen, Running/ });
  await drawn.waitFor();
  expect(await page.locator('path.wire').count()).toBeGreaterThanOrEqual(4);
  const shift = () => page.locator('.topology > svg > g').getAttribute('transform');
  const before = await shift();
  await page.locator('.topology > svg').focus();
  await page.keyboard.press('+');
  expect(await shift()).not.toBe(before);
  await page.keyboard.press('0');
  expect(await shift()).toBe(before);
  await picture(page, 'topology-full-1440');
  expect(await seriousFindings(page)).toEqual([]);

  await person.user.client.post('network', '/v2.0/networks', { network: { name: 'made meanwhile' } });
  await page.getByRole('link', { name: /^made meanwhile/ }).waitFor();
  await page.getByText('Table', { exact: true }).click();
  await row(page, 'seen').getByText('Workload').waitFor();
  await page.setViewportSize({ width: 400, height: 860 });
  await picture(page, 'topology-table-400');
  await page.getByText('Picture', { exact: true }).click();
  await picture(page, 'topology-full-400');
  await page.setViewportSize({ width: 1440, height: 860 });
  await drawn.click();
  await heading(page, 'seen');
  await open(page, `/containers/${first?.uuid}/graphs`);
  await page.getByRole('img', { name: 'Processor' }).waitFor({ timeout: 40_000 });
  expect(broken).toEqual([]);
  await leave(page);
});
