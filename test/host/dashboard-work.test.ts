import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../../dashboard/test/browser.ts';
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

/** Stacks, images, capsules, limits and credentials as a person at the dashboard makes, changes and deletes them. */
let person: DashboardPerson;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-work-'));
  person = await DashboardPerson.start();
}, 240_000);
afterAll(async () => {
  await person[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const TEMPLATE = `heat_template_version: 2021-04-16
parameters:
  length: { type: number, constraints: [{ allowed_values: [8, 16] }] }
  hint: { type: string, hidden: true, default: none }
resources:
  word: { type: 'OS::Heat::RandomString', properties: { length: { get_param: length } } }
  note: { type: 'OS::Heat::Value', properties: { value: { get_attr: [word, value] } } }
outputs:
  said: { value: { get_attr: [note, value] } }
`;

it('makes a stack of a template that asks, shows what hangs on what, changes, suspends and deletes it', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/stacks?new`);
  await form(page).getByLabel('Name').fill('words');
  await form(page).getByLabel('Template').fill(TEMPLATE);
  await form(page).getByRole('button', { name: 'Next' }).click();
  await choose(page, 'length', '8');
  await form(page).getByRole('button', { name: 'Preview' }).click();
  await form(page).getByRole('cell', { name: 'OS::Heat::RandomString' }).waitFor();
  await picture(page, 'stack-form-1440');
  expect(await form(page).getByLabel('hint').getAttribute('type')).toBe('password');
  await send(page, 'Create');
  await row(page, 'OS::Heat::RandomString').getByText('CREATE_COMPLETE').waitFor();

  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.locator('.stack-graph').getByText('OS::Heat::Value').waitFor();
  expect(await page.locator('.stack-graph path').count()).toBe(1);
  await picture(page, 'stack-graph-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Outputs' }).click();
  expect((await row(page, 'said').locator('pre').textContent())?.length).toBe(8);

  await page.getByRole('button', { name: 'Edit' }).click();
  await form(page).getByRole('button', { name: 'Next' }).click();
  await choose(page, 'length', '16');
  await send(page, 'Save');
  await page.getByRole('tab', { name: 'Outputs' }).click();
  await page
    .locator('pre.output')
    .getByText(/^.{16}$/)
    .waitFor();
  await page.getByRole('button', { name: 'Suspend' }).click();
  await page.getByRole('tab', { name: 'Events' }).click();
  await row(page, 'SUSPEND_COMPLETE').first().waitFor();
  await page.getByRole('tab', { name: 'Template' }).click();
  await page.locator('pre.command').getByText('OS::Heat::RandomString').waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('says why a stack failed, the cause first', async () => {
  const { page } = await person.enter();
  await person.user.client.post('orchestration', '/stacks', {
    stack_name: 'unlucky',
    template: {
      heat_template_version: '2021-04-16',
      resources: {
        group: {
          type: 'OS::Heat::ResourceGroup',
          properties: {
            count: 1,
            resource_def: { type: 'OS::Heat::TestResource', properties: { fail: true } },
          },
        },
      },
    },
  });
  await page.goto(`${person.cloud.baseUrl}/ui/stacks`);
  await row(page, 'CREATE_FAILED').getByRole('link', { name: 'unlucky' }).click();
  await page.getByRole('tab', { name: 'Resources' }).click();
  const causes = page.locator('.causes li');
  await causes.nth(1).waitFor();
  expect(await causes.locator('strong').allTextContents()).toEqual(['0', 'group']);
  await picture(page, 'stack-failed-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  await leave(page);
});

it('says where a template is wrong', async () => {
  const { page } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/stacks?new`);
  await form(page).getByLabel('Name').fill('broken');
  await form(page).getByLabel('Template').fill('heat_template_version: 2021-04-16\nresources: [\n');
  await form(page).getByRole('button', { name: 'Next' }).click();
  await form(page).getByRole('alert').waitFor();
  expect(await form(page).getByRole('alert').textContent()).toMatch(/line \d/);
  await leave(page);
});

it('sends an image from a file, hides it from use and back, renames and deletes it', async () => {
  const { page, broken } = await person.enter();
  const file = join(folder, 'disk.raw');
  await writeFile(file, Buffer.alloc(3_000_000, 7));
  await page.goto(`${person.cloud.baseUrl}/ui/images?new`);
  const choosing = page.waitForEvent('filechooser');
  await form(page).getByRole('button', { name: 'File' }).click();
  await (await choosing).setFiles(file);
  await choose(page, 'Format', 'raw');
  await send(page, 'Upload');
  await heading(page, 'disk.raw');
  await page.getByText('active', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText('deactivated', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Reactivate' }).click();
  await page.getByText('active', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await form(page).getByLabel('Name').fill('my disk');
  await send(page, 'Save');
  await heading(page, 'my disk');
  await picture(page, 'image-1440');
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await heading(page, 'Images');
  await row(page, 'my disk').waitFor({ state: 'detached' });
  expect(broken).toEqual([]);
  await leave(page);
});

it('makes a volume, renames it, makes it larger, and deletes it', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/volumes?new`);
  await form(page).getByRole('textbox', { name: 'Name' }).fill('data');
  await send(page, 'Create');
  await heading(page, 'data');
  await page.getByText('available', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Extend' }).click();
  await form(page).getByLabel('Size').fill('3');
  await send(page, 'Extend');
  await page.locator('dd').getByText('3', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await form(page).getByRole('textbox', { name: 'Name' }).fill('archive');
  await send(page, 'Save');
  await heading(page, 'archive');
  await page.getByRole('button', { name: 'Bootable' }).click();
  await page.locator('dd').getByText('✓').waitFor();
  await picture(page, 'volume-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('keeps a volume in snapshots and backups, and a secret from being seen until that is wanted', async () => {
  const { page, broken } = await person.enter();
  await person.user.client.post('volumev3', '/volumes', { volume: { name: 'kept', size: 1 } });
  const at = (path: string) => page.goto(`${person.cloud.baseUrl}/ui${path}`);
  await at('/volumes');
  await row(page, 'kept').getByText('available').waitFor();
  for (const [path, name] of [
    ['/snapshots', 'a moment'],
    ['/backups', 'a copy'],
  ] as const) {
    await at(`${path}?new`);
    await choose(page, 'Volume', /kept/);
    await form(page).getByRole('textbox', { name: 'Name' }).fill(name);
    await send(page, 'Create');
    await row(page, name).getByText('available').waitFor();
  }
  await page.getByRole('link', { name: 'a copy' }).click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await at('/volumes');
  await row(page, /restore/)
    .getByText('available')
    .waitFor();

  await at('/secrets?new');
  await form(page).getByRole('textbox', { name: 'Name' }).fill('key');
  await form(page).getByLabel('Content').fill('open sesame');
  await send(page, 'Create');
  await page.getByRole('button', { name: 'Show' }).waitFor();
  expect(await page.content()).not.toContain('open sesame');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('open sesame').waitFor();
  await page.getByRole('button', { name: 'Hide' }).click();
  await page.getByText('open sesame').waitFor({ state: 'detached' });
  expect(broken).toEqual([]);
  await leave(page);
});

it('makes a capsule of a template, and leads to the pages of its containers', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/capsules?new`);
  await send(page, 'Create');
  await heading(page, 'web');
  await row(page, 'hello').getByText('Running').waitFor();
  await picture(page, 'capsule-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await row(page, 'hello').getByRole('link').click();
  await page.getByRole('tab', { name: 'Logs' }).waitFor();
  await page.goto(`${person.cloud.baseUrl}/ui/capsules`);
  await page.getByRole('link', { name: 'web' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('shows what a project has of what it may have, and changes that', async () => {
  const { page } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/quotas`);
  const service = page.getByRole('region').or(page.locator('section')).filter({ hasText: 'Volumes' });
  await service.getByText('gigabytes', { exact: true }).waitFor();
  await service.getByRole('button', { name: 'Edit' }).click();
  await form(page).getByRole('textbox', { name: 'gigabytes', exact: true }).fill('77');
  await send(page, 'Save');
  await service.getByText(/\d \/ 77$/).waitFor();
  await picture(page, 'quotas-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await leave(page);
});

it('makes a user and a group, gives them roles, and takes what they have', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/users?new`);
  await form(page).getByRole('textbox', { name: 'Name' }).fill('kim');
  await form(page).getByRole('textbox', { name: 'Password' }).fill('a long password');
  await send(page, 'Create');
  await heading(page, 'kim');
  await page.getByRole('button', { name: 'Create' }).click();
  await choose(page, 'Project', 'admin');
  await choose(page, 'Roles', 'reader');
  await send(page, 'Assign');
  await row(page, 'reader').getByText('admin').waitFor();
  await picture(page, 'user-roles-1440');
  expect(await seriousFindings(page)).toEqual([]);
  await fromRow(page, 'reader', 'Delete');
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await form(page).getByRole('switch', { name: 'Enabled' }).uncheck();
  await send(page, 'Save');
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.locator('dd').getByText('false').first().waitFor();

  await page.goto(`${person.cloud.baseUrl}/ui/groups?new`);
  await form(page).getByRole('textbox', { name: 'Name' }).fill('team');
  await send(page, 'Create');
  await heading(page, 'team');
  await page.getByRole('button', { name: 'Create' }).click();
  await choose(page, 'User', 'kim');
  await send(page, 'Add');
  await row(page, 'kim').waitFor();
  await fromRow(page, 'kim', 'Take out');
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});

it('makes an application credential whose secret is shown once and opens the cloud', async () => {
  const { page, broken } = await person.enter();
  await page.goto(`${person.cloud.baseUrl}/ui/application-credentials?new`);
  await form(page).getByLabel('Name').fill('robot');
  await form(page).getByRole('button', { name: 'Create' }).click();
  await form(page).getByText('This is shown once').waitFor();
  await picture(page, 'application-credential-1440');
  const [id, secret] = await form(page).locator('dd .mono').allTextContents();
  const answer = await fetch(`${person.cloud.baseUrl}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } },
    }),
  });
  expect(answer.status).toBe(201);
  await form(page).getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('link', { name: 'robot' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await form(page).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing here yet').waitFor();
  expect(broken).toEqual([]);
  await leave(page);
});
