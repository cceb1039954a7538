import type { ResourceRun, ResourceType } from '#services/orchestration/resources/resource-type.ts';

/** A type that writes down what is done to it; `deaf` ones fail of every verb, `slow` ones are never made. */
export function recordedType(): { readonly type: ResourceType; readonly done: string[] } {
  const done: string[] = [];
  const record = (verb: string) => async (run: ResourceRun) => {
    if (run.properties['deaf'] === true) throw new Error('deaf');
    done.push(`${verb} ${run.resource.name}`);
  };
  const type: ResourceType = {
    name: 'Test::Recorded',
    description: 'Writes down what is done to it.',
    properties: {
      uses: { type: 'string' },
      deaf: { type: 'boolean', default: false, updateAllowed: true },
      slow: { type: 'boolean', default: false, updateAllowed: true },
      value: { type: 'string', updateAllowed: true },
    },
    attributes: {},
    create: async ({ resource }) => resource.physicalName,
    settled: async ({ properties }) => properties['slow'] !== true,
    update: async () => undefined,
    remove: async () => undefined,
    suspend: record('suspend'),
    resume: record('resume'),
    check: record('check'),
  };
  return { type, done };
}

export const recorded = (properties: object = {}) => ({ type: 'Test::Recorded', properties });
