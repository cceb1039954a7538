import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDashboard, installDashboard } from '#src/deploy/host/dashboard.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { openBrowser, type Browser, type Page } from '../../dashboard/test/browser.ts';

/** What each page looked like is kept here, to be looked at. */
export const PICTURES = join(tmpdir(), 'hydria-dashboard');
const PATIENCE_MS = 15_000;

/** Somebody at the dashboard, in Debian's Chromium, of a real cloud with real containers. */
export class DashboardPerson implements AsyncDisposable {
  readonly cloud: RealCloud;
  /** The same person at the APIs. */
  readonly user: CloudUser;
  readonly #browser: Browser;

  private constructor(cloud: RealCloud, user: CloudUser, browser: Browser) {
    this.cloud = cloud;
    this.user = user;
    this.#browser = browser;
  }

  static async start(): Promise<DashboardPerson> {
    await buildDashboard();
    await mkdir(PICTURES, { recursive: true });
    const cloud = await RealCloud.start();
    try {
      await installDashboard(cloud.paths.dashboard);
      return new DashboardPerson(cloud, await cloud.signIn(), await openBrowser(cloud.baseUrl));
    } catch (thrown) {
      await cloud.close();
      throw thrown;
    }
  }

  /** Signed in, with nothing remembered of others. Whatever breaks in a page is in `broken`. */
  async enter(): Promise<{ readonly page: Page; readonly broken: string[] }> {
    const page = await (await this.#browser.newContext({ viewport: { width: 1440, height: 860 } })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const broken: string[] = [];
    page.on('pageerror', ({ message }) => broken.push(message));
    page.on('console', (said) => said.type() === 'error' && broken.push(said.text()));
    await page.goto(`${this.cloud.baseUrl}/`);
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password').first().fill(this.cloud.adminPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation').waitFor();
    return { page, broken };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.cloud.close();
  }
}

export const leave = (page: Page): Promise<void> => page.context().close();

export const picture = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
};

/** What is filled in beside a page. */
export const form = (page: Page) => page.getByRole('dialog');

export const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

export const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });

export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await form(page).getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).first().click();
}

/** Until the form is gone, which it is when the API has taken it. */
export async function send(page: Page, verb: string): Promise<void> {
  await form(page).getByRole('button', { name: verb, exact: true }).click();
  await form(page).waitFor({ state: 'detached' });
}

/** An action of the menu that a row has. */
export async function fromRow(page: Page, text: string, action: string): Promise<void> {
  await row(page, text)
    .getByRole('button', { name: /^Actions/ })
    .click();
  await page.getByRole('menuitem', { name: action }).click();
}
