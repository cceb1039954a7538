import { expect, it } from 'vitest';
import { chosenServices, hostnameOf, LABELS, orphansOf, planService, type Existing } from './plan.ts';
import { readProject } from './project.ts';

const TEXT = `
services:
  web: { image: a, scale: 2, depends_on: { db: { condition: service_started } } }
  db: { image: b }
  debug: { image: c, profiles: [tools], depends_on: [db] }`;

const project = readProject({
  files: [{ path: 'c.yaml', text: TEXT }],
  name: { asked: 'shop', otherwise: '' },
  variables: () => undefined,
  readText: () => '',
});
const web = project.services.get('web');
if (web === undefined) throw new Error('there is no web');

const container = (
  service: string,
  number: number,
  changes: Partial<Existing> & { hash?: string } = {},
): Existing => ({
  uuid: `${service}-${number}`,
  name: `${service}-${number}`,
  status: 'Running',
  status_detail: 'Up 5 mins',
  labels: { [LABELS.service]: service, [LABELS.number]: String(number), [LABELS.hash]: changes.hash ?? 'h' },
  ...changes,
});
const plan = (existing: readonly Existing[], oneOff = false) =>
  planService(web, { hash: 'h', oneOff }, existing).map(({ kind }) => kind);

it('makes what is not there', () => {
  expect(plan([])).toEqual(['create', 'create']);
  expect(plan([container('db', 1)])).toEqual(['create', 'create']);
});

it('keeps what is as it should be, and changes the rest', () => {
  expect(plan([container('web', 1), container('web', 2)])).toEqual(['keep', 'keep']);
  expect(plan([container('web', 1), container('web', 2, { hash: 'old' })])).toEqual(['keep', 'recreate']);
  expect(plan([container('web', 1), container('web', 2, { status: 'Error' })])).toEqual(['keep', 'recreate']);
});

it('removes those that are too many', () => {
  const all = [1, 2, 3].map((number) => container('web', number));
  expect(plan(all)).toEqual(['remove', 'keep', 'keep']);
});

it('starts what has stopped, unless it has done what others waited for', () => {
  const ended = { status: 'Stopped', status_detail: 'Exited(0) 3 mins ago ' };
  const failed = { status: 'Stopped', status_detail: 'Exited(1) 3 mins ago (error)' };
  expect(plan([container('web', 1, ended), container('web', 2, failed)])).toEqual(['start', 'start']);
  expect(plan([container('web', 1, ended), container('web', 2, failed)], true)).toEqual(['keep', 'start']);
});

it('chooses services by profile or name, with all that they wait for', () => {
  const names = (profiles: string[], named: string[]) =>
    chosenServices(project, { profiles, named }).map(({ name }) => name);
  expect(names([], [])).toEqual(['web', 'db']);
  expect(names(['tools'], [])).toEqual(['web', 'db', 'debug']);
  expect(names([], ['debug'])).toEqual(['debug', 'db']);
  expect(() => names([], ['nobody'])).toThrow('There is no service nobody');
});

it('knows containers of services that the file no longer has', () => {
  expect(orphansOf(project, [container('web', 1), container('gone', 1)]).map(({ name }) => name)).toEqual([
    'gone-1',
  ]);
});

it('calls the first container like its service', () => {
  expect([hostnameOf(web, 1), hostnameOf(web, 2)]).toEqual(['web', 'web-2']);
});
