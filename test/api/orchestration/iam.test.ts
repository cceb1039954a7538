import { expect, it } from 'vitest';
import { signed, VERBS } from '#services/orchestration/resources/heat/signed-url.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { MemberBench } from './member-bench.ts';

const PASSWORD = 'a password of its own';
const handle = { type: 'AWS::CloudFormation::WaitConditionHandle' };
const user = (properties: object = {}) => ({ type: 'AWS::IAM::User', properties });
const resources = {
  mine: handle,
  other: handle,
  condition: {
    type: 'AWS::CloudFormation::WaitCondition',
    properties: { Handle: { get_resource: 'mine' }, Timeout: 60 },
  },
  policy: { type: 'OS::Heat::AccessPolicy', properties: { AllowedResources: ['mine'] } },
  free: user({ LoginProfile: { Password: PASSWORD } }),
  bound: user({ Policies: [{ get_resource: 'policy' }] }),
  free_key: { type: 'AWS::IAM::AccessKey', properties: { UserName: { get_resource: 'free' } } },
  bound_key: { type: 'AWS::IAM::AccessKey', properties: { UserName: { get_resource: 'bound' } } },
};
const outputs = {
  free: { value: [{ get_resource: 'free_key' }, { get_attr: ['free_key', 'SecretAccessKey'] }] },
  bound: { value: [{ get_resource: 'bound_key' }, { get_attr: ['bound_key', 'SecretAccessKey'] }] },
  name: { value: [{ get_attr: ['free_key', 'UserName'] }, { get_resource: 'free' }] },
};
const SAID = { Status: 'SUCCESS', Reason: 'ready', UniqueId: '1', Data: 'x' };

/** What the stack tells, once all of it is there but for what waits. */
const told = (bench: MemberBench, path: string): Promise<Record<string, string[]>> =>
  until('the keys', async () => {
    const { stack } = (await bench.call('GET', path)).body;
    const all = (stack.outputs ?? []).map((one: Record<string, unknown>) => [
      one['output_key'],
      one['output_value'],
    ]);
    const known = Object.fromEntries(all) as Record<string, (string | null)[]>;
    const whole = Object.values(known).every((value) => value?.every((one) => typeof one === 'string'));
    return all.length > 0 && whole && (known as Record<string, string[]>);
  });

forEachDatabase('a user of a stack', (open) => {
  it('signs what it tells the resources that its policies name, and nothing else, until the stack goes', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin(resources, { outputs });
    const { free, bound, name } = await told(bench, path);
    expect(name?.[0]).toBe(name?.[1]);
    const tell = async ([access = '', secret = '']: readonly string[] = [], resource: string) => {
      const arn = `arn:openstack:heat::${bench.member.projectId}:stacks`;
      const [, , stack = '', id = ''] = path.split('/');
      const place = [arn, stack, id, 'resources', resource].map(encodeURIComponent).join('/');
      const address = `http://cloud.test/cloudformation/v1/waitcondition/${place}`;
      const url = new URL(
        signed(address, { verb: VERBS.waitcondition, keys: { access, secret }, params: {} }),
      );
      const answer = await bench.cloud.call('PUT', `${url.pathname}${url.search}`, { body: SAID });
      return answer.status;
    };
    expect(await tell(bound, 'other'), 'its policy does not name it').toBe(404);
    expect(await tell(free, 'other')).toBe(200);
    expect(await tell([bound?.[0] ?? '', 'another secret'], 'mine')).toBe(401);
    expect(await tell(bound, 'mine')).toBe(200);
    await bench.reaches(path, 'CREATE_COMPLETE');
    expect((await bench.counts())[2]).toBe(2);
    await bench.call('DELETE', path);
    await bench.reaches(path, 'DELETE_COMPLETE');
    expect((await bench.counts())[2]).toBe(0);
    expect(await tell(free, 'mine')).toBe(401);
  });

  it('has the password that it is given, of which nothing is shown', async () => {
    await using bench = await MemberBench.start(open);
    const path = await bench.begin({ free: resources.free });
    await bench.reaches(path, 'CREATE_COMPLETE');
    const shown = await bench.call('GET', `${path}/resources/free`);
    const id = shown.body.resource.physical_resource_id;
    const identity = { methods: ['password'], password: { user: { id, password: PASSWORD } } };
    const signIn = await bench.cloud.call('POST', '/identity/v3/auth/tokens', {
      body: { auth: { identity } },
    });
    expect(signIn.status, signIn.text).toBe(201);
    expect(shown.text).not.toContain(PASSWORD);
  });

  it.each([
    ['a policy that is none', { it: user({ Policies: ['ghost'] }) }, 'Policies) is incorrect'],
    [
      'keys of nobody',
      { it: { type: 'AWS::IAM::AccessKey', properties: { UserName: 'ghost' } } },
      'could not find user ghost',
    ],
  ])('is refused with %s', async (_, wrong, why) => {
    await using bench = await MemberBench.start(open);
    const failed = await bench.reaches(await bench.begin(wrong), 'CREATE_FAILED');
    expect(failed.stack_status_reason).toContain(why);
  });
});
