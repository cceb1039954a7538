import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { anAdmin, callerToken } from '#test/support/api.ts';
import { FileServer } from '#test/support/file-server.ts';
import { ImageRig } from '../api/image/image-rig.ts';

/** Debian's `glance`, which asks for the schemas before each command and makes its options of them. */

/** Where no file is named, it takes what it reads for the data. */
const INPUT = 'from a pipe';
const FORMATS = ['--disk-format', 'raw', '--container-format', 'bare'];
let web: FileServer;
let rig: ImageRig;
let home: string;
let url: string;
beforeAll(async () => {
  web = await new FileServer().start();
  const networks = ['127.0.0.1/32'];
  const download = { schemes: ['http'], ports: [web.port], hosts: [], refusedHosts: [], networks };
  rig = await ImageRig.start({ download });
  url = `${await rig.api.listen()}/image`;
  home = await mkdtemp(join(tmpdir(), 'hydria-glance-'));
  await writeFile(join(home, 'data'), 'five!');
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

/** Runs the client, which keeps its schemas at home. @returns its table */
async function glance(...args: string[]): Promise<Record<string, string>> {
  const server = ['--os-auth-token', callerToken(anAdmin()), '--os-image-url', url];
  const env = { HOME: home, PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
  const { stdout } = await exec('glance', [...server, ...args], { env, input: INPUT, timeout: 60_000 });
  const rows = stdout.matchAll(/^\| (\S+) +\| (.*?) *\|$/gm);
  return Object.fromEntries([...rows].map(([, name = '', value = '']) => [name, value]));
}

async function create(): Promise<string> {
  const body = { name: 'img', disk_format: 'raw', container_format: 'bare' };
  return (await rig.api.post('/image/v2/images', { as: anAdmin(), body })).body.id as string;
}

/** @returns the image as it is when its import has ended */
async function imported(id: string): Promise<Record<string, string>> {
  await rig.tasks.idle();
  return glance('image-show', id);
}

it('stages data and imports it', async () => {
  const id = await create();
  await glance('image-stage', '--file', join(home, 'data'), id);
  expect(await glance('image-show', id)).toMatchObject({ status: 'uploading' });
  await glance('image-import', '--import-method', 'glance-direct', id);
  expect(await imported(id)).toMatchObject({ status: 'active', size: '5' });
});

it('imports what is at a URL', async () => {
  const id = await create();
  const uri = web.put('/image', Buffer.from('from the web'));
  await glance('image-import', '--import-method', 'web-download', '--uri', uri, id);
  expect(await imported(id)).toMatchObject({ status: 'active', size: '12' });
});

it('makes an image by an import in one command, of what it reads', async () => {
  const { id = '' } = await glance('image-create-via-import', '--name', 'made', ...FORMATS);
  expect(await imported(id)).toMatchObject({ name: 'made', status: 'active', size: String(INPUT.length) });
});
