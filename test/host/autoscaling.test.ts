import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CloudUser, ContainerView } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

const LONG = 240_000;
const SETTLE = { limitMs: 120_000, everyMs: 500 };
/** Each member has so much to do, and rests then. */
const BURN_SECONDS = 25;

let cloud: RealCloud;
let user: CloudUser;
beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
}, LONG);
afterAll(() => cloud.close());

const alarm = (threshold: number, comparison_operator: string, policy: string) => ({
  type: 'OS::Aodh::GnocchiAggregationByResourcesAlarm',
  properties: {
    metric: 'cpu_util',
    resource_type: 'instance',
    query: {
      str_replace: {
        template: '{"=": {"server_group": "it"}}',
        params: { it: { get_param: 'OS::stack_id' } },
      },
    },
    aggregation_method: 'mean',
    granularity: 10,
    evaluation_periods: 1,
    threshold,
    comparison_operator,
    alarm_actions: [{ get_attr: [policy, 'alarm_url'] }],
  },
});
const policy = (scaling_adjustment: number) => ({
  type: 'OS::Heat::ScalingPolicy',
  properties: {
    adjustment_type: 'change_in_capacity',
    auto_scaling_group_id: { get_resource: 'group' },
    scaling_adjustment,
    cooldown: 600, // one step each way
  },
});
const TEMPLATE = {
  heat_template_version: '2018-08-31',
  resources: {
    group: {
      type: 'OS::Heat::AutoScalingGroup',
      properties: {
        min_size: 1,
        max_size: 3,
        resource: {
          type: 'OS::Zun::Container',
          properties: {
            image: 'hello',
            cpu: 0.1,
            command: `sh -c "timeout ${BURN_SECONDS} sh -c 'while :; do :; done'; exec sleep 600"`,
            labels: { 'metering.server_group': { get_param: 'OS::stack_id' } },
          },
        },
      },
    },
    more: policy(1),
    fewer: policy(-1),
    busy: alarm(60, 'gt', 'more'),
    idle: alarm(10, 'lt', 'fewer'),
  },
};

const running = async (): Promise<readonly ContainerView[]> =>
  (await user.list()).filter(({ status }) => status === 'Running');
const untilRunning = (count: number) =>
  until(`${count} run`, async () => (await running()).length === count, SETTLE);

it(
  'a group grows while its containers are busy, and shrinks when they are idle',
  { timeout: LONG },
  async () => {
    const { stack } = await user.client.post<{ stack: { id: string } }>('orchestration', '/stacks', {
      stack_name: 'one',
      template: TEMPLATE,
    });
    await untilRunning(1);
    const [first] = await running();
    await untilRunning(2);
    await untilRunning(1);
    const measures = await user.client.get<readonly (readonly [string, number, number])[]>(
      'metric',
      `/v1/resource/instance/${first?.uuid}/metric/cpu_util/measures?granularity=10&aggregation=max`,
    );
    expect(Math.max(...measures.map(([, , value]) => value))).toBeGreaterThan(60);
    await user.client.delete('orchestration', `/stacks/one/${stack.id}`);
    await untilRunning(0);
  },
);
