import { expect } from 'vitest';
import { startCloud, type Member, type TestCloud } from '#test/support/cloud.ts';
import type { OpenDatabase } from '#test/support/databases.ts';
import { until } from '#test/support/until.ts';
import { templateOf, type Resources } from './support.ts';

/** A member's stacks in a whole cloud. */
export class MemberBench implements AsyncDisposable {
  readonly cloud: TestCloud;
  readonly member: Member;

  private constructor(cloud: TestCloud, member: Member) {
    this.cloud = cloud;
    this.member = member;
  }

  static async start(open: OpenDatabase): Promise<MemberBench> {
    const cloud = await startCloud(await open());
    return new MemberBench(cloud, await cloud.addMember('member'));
  }

  call = (method: string, path: string, body?: object) =>
    this.cloud.call(method, `/orchestration/v1/${this.member.projectId}${path}`, {
      token: this.member.token,
      ...(body && { body }),
    });

  async begin(resources: Resources, more: object = {}, fields: object = {}): Promise<string> {
    const body = { stack_name: 'one', template: templateOf(resources, more), ...fields };
    const made = await this.call('POST', '/stacks', body);
    expect(made.status, made.text).toBe(201);
    return `/stacks/one/${made.body.stack.id}`;
  }

  reaches = (path: string, state: string) =>
    until(state, async () => {
      const { stack } = (await this.call('GET', path)).body;
      return stack.stack_status === state && stack;
    });

  /** What is left: configs, deployments, keys of EC2. */
  counts = async () => {
    const count = async (what: string) => (await this.call('GET', `/${what}`)).body[what].length;
    const keys = await this.cloud.call('GET', `/identity/v3/credentials`, { token: this.member.token });
    return [
      await count('software_configs'),
      await count('software_deployments'),
      keys.body.credentials.length,
    ];
  };

  async [Symbol.asyncDispose]() {
    await this.cloud[Symbol.asyncDispose]();
  }
}
