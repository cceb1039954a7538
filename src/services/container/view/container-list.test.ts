import { describe, expect, it } from 'vitest';
import { NOT_PLACED, type Container } from '../model/container.ts';
import { containerListView } from './container-list.ts';
import { containerView } from './container.ts';

const container: Container = {
  id: 'c1',
  projectId: 'p1',
  userId: 'u1',
  name: 'a "quoted" name',
  image: 'hello',
  cpu: 0.5,
  memory: 64,
  disk: 0,
  autoRemove: false,
  autoHeal: false,
  settings: {
    imageDriver: 'glance',
    imagePullPolicy: 'ifnotpresent',
    command: ['sh'],
    entrypoint: null,
    environment: { A: '1' },
    labels: {},
    hints: {},
    workdir: null,
    hostname: 'c1',
    runtime: null,
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    interactive: false,
    tty: false,
    availabilityZone: null,
    requestedHost: null,
    securityGroups: null,
    portRequests: [],
  },
  createdAt: '2030-01-01T00:00:00.000Z',
  updatedAt: '2030-01-01T00:00:00.000Z',
  host: 'node-1',
  placement: NOT_PLACED,
  desired: true,
  power: { state: 'running', epoch: 1, stopTimeoutSeconds: 10 },
  generation: 1,
  status: 'Running',
  statusReason: null,
  taskState: null,
  present: true,
  observed: null,
};

const viewer = { base: 'http://host/container', now: new Date('2030-01-01T00:00:00Z'), seesAll: false };
const listed = (shown: readonly Container[], by = viewer, next: string | null = null) =>
  JSON.parse(containerListView({ items: shown, next }, by, (marker) => `after ${marker}`).text) as {
    containers: Record<string, unknown>[];
    next: string | null;
  };

describe('a list of containers', () => {
  it.each([true, false])(
    'has what the container itself shows, but for its links (administrator: %s)',
    (seesAll) => {
      const { links: _links, ...shown } = containerView(container, { ...viewer, seesAll });
      expect(listed([container], { ...viewer, seesAll }).containers).toEqual([shown]);
    },
  );

  it('shows a user no more after an administrator has looked, and an administrator no less', () => {
    const fields = [true, false, true].map((seesAll) =>
      Object.keys(listed([container], { ...viewer, seesAll }).containers[0] ?? {}).includes('host'),
    );
    expect(fields).toEqual([true, false, true]);
  });

  it('tells the time anew each time', () => {
    const started = {
      ...container,
      observed: { startedAt: '2030-01-01T00:00:00Z' } as Container['observed'],
    };
    const seen = ['00:00:05', '00:02:00'].map(
      (time) => listed([started], { ...viewer, now: new Date(`2030-01-01T${time}Z`) }).containers[0],
    );
    expect(seen.map((one) => one?.['status_detail'])).toEqual(['Up 5 seconds', 'Up 2 mins']);
  });

  it('is JSON also when it is empty, and says where it goes on', () => {
    expect(listed([])).toEqual({ containers: [], next: null });
    expect(listed([container, { ...container, id: 'c2' }], viewer, 'c2').next).toBe('after c2');
  });
});
