import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aodhTypes } from '#services/orchestration/resources/aodh/alarm.ts';
import { ResourceTypes } from '#services/orchestration/resources/registry.ts';
import type { Cloud } from '#services/orchestration/resources/resource-type.ts';
import type { JsonMap } from '#services/orchestration/template/json.ts';
import { startCloud, type TestCloud } from '#test/support/cloud.ts';
import { cloudFor, keepsTheContract, Specimen } from '#test/support/type-bench.ts';

const types = new ResourceTypes(aodhTypes);
let test: TestCloud;
let member: Cloud;
beforeAll(async () => {
  test = await startCloud();
  const one = await test.addMember('one');
  member = cloudFor(test, one.token, one.projectId);
});
afterAll(() => test[Symbol.asyncDispose]());

const BOUND = { aggregation_method: 'mean', threshold: 50, granularity: 60, comparison_operator: 'gt' };
const RESOURCES = {
  ...BOUND,
  metric: 'cpu_util',
  resource_type: 'instance',
  query: '{"=": {"server_group": "mine"}}',
};
const LEAF = { ...RESOURCES, type: 'gnocchi_aggregation_by_resources_threshold' };

describe.each<[string, JsonMap, JsonMap]>([
  [
    'OS::Aodh::GnocchiResourcesAlarm',
    { ...BOUND, metric: 'cpu_util', resource_id: 'r', resource_type: 'instance' },
    { threshold: 60 },
  ],
  ['OS::Aodh::GnocchiAggregationByMetricsAlarm', { ...BOUND, metrics: ['m'] }, { enabled: false }],
  ['OS::Aodh::GnocchiAggregationByResourcesAlarm', RESOURCES, { severity: 'critical' }],
  ['OS::Aodh::EventAlarm', { event_type: 'container.*' }, { event_type: 'volume.*' }],
  [
    'OS::Aodh::CompositeAlarm',
    { composite_rule: { operator: 'or', rules: [LEAF, LEAF] } },
    { composite_rule: { operator: 'and', rules: [LEAF, LEAF] } },
  ],
])('%s', (name, properties, change) => {
  it('is made, found again, changed and removed', () =>
    keepsTheContract(new Specimen(member, types.get(name), properties), change));
});

it('a change of one property leaves the others as they are', async () => {
  const type = types.get('OS::Aodh::GnocchiAggregationByResourcesAlarm');
  const alarm = await new Specimen(member, type, { ...RESOURCES, alarm_actions: ['log://'] }).create();
  await alarm.update({ threshold: 70 });
  expect(await alarm.get('show')).toMatchObject({
    alarm_actions: ['log://'],
    repeat_actions: true,
    gnocchi_aggregation_by_resources_threshold_rule: { threshold: 70, metric: 'cpu_util', granularity: 60 },
  });
});
