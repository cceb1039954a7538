import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They measure rates, or count what is on the whole machine. */
const ALONE = [
  'container-crash',
  'crash',
  'down-up',
  'kuryr',
  'network-crash',
  'network-qos',
  'router-move',
  'volumes-cloud',
].map((name) => `test/host/${name}.test.ts`);

/** Begun last, everybody would wait for them. */
const LONGEST = [
  'volume-lvm',
  'network-guests',
  'stacks-cloud',
  'autoscaling',
  'runtime-docker',
  'mounts-cloud',
].map((name) => `test/host/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((path) => moduleId.endsWith(path));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const common = {
  environment: 'node' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // What differs is told whole: a report has no more than the message.
  chaiConfig: { truncateThreshold: 0 },
};
const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, ...common, ...more },
});
const slow = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // Host tests wait for the kernel and for daemons most of the time, beside those that compute.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', [
        'src/**/*.test.ts',
        'dashboard/src/**/*.test.ts',
        'tools/**/*.test.ts',
        'test/support/**/*.test.ts',
      ]),
      project('api', ['test/api/**/*.test.ts', 'test/ports/**/*.test.ts']),
      // Each makes what it needs under names of its own.
      project('host', ['test/host/**/*.test.ts'], { ...slow, exclude: ALONE }),
      project('alone', ALONE, {
        ...slow,
        maxWorkers: 1,
        fileParallelism: false,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
