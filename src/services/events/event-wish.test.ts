import { expect, it } from 'vitest';
import type { CloudEvent } from '#kernel/events/event.ts';
import { isWanted } from './event-wish.ts';

const event = (type: string): CloudEvent => ({
  seq: 1,
  id: 'e1',
  at: '2030-01-01T00:00:00.000Z',
  projectId: 'p1',
  service: 'container',
  type,
  resource: 'c1',
  payload: null,
});

it.each([
  ['container.container.oom', {}, true],
  ['container.container.oom', { resource: 'c1' }, true],
  ['container.container.oom', { resource: 'container:c1' }, true],
  ['container.action.stop', { resource: 'container:c1' }, true],
  ['container.capsule.created', { resource: 'capsule:c1' }, true],
  ['container.container.oom', { resource: 'container:c2' }, false],
  ['container.container.oom', { resource: 'c2' }, false],
  ['container.container.oom', { resource: 'volume:c1' }, false],
  ['container.container.oom', { type: 'container.container.oom' }, true],
  ['container.container.oom', { type: 'container.container' }, true],
  ['container.container.oom', { type: 'container.cont' }, false],
  ['container.container.oom', { type: 'container.container.running' }, false],
  ['container.action.stop', { resource: 'container:c1', type: 'container.container' }, false],
])('of %s and the wish %o: %s', (type, wish, wanted) => {
  expect(isWanted(event(type), wish)).toBe(wanted);
});
