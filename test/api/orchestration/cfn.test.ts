import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { newUuid } from '#kernel/ids.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { startCloud } from '#test/support/cloud.ts';

/** An address as a wait condition's handle gives it away: signed with EC2's version 2. */
function signedUrl(path: string, { access, secret }: { access: string; secret: string }): string {
  const words = {
    AWSAccessKeyId: access,
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: new Date().toISOString(),
  };
  const query = Object.entries(words)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');
  const text = ['PUT', 'cloud.test', path, query].join('\n');
  const signature = createHmac('sha256', secret).update(text).digest('base64');
  return `${path}?${query}&Signature=${encodeURIComponent(signature)}`;
}

forEachDatabase('a signed address', (open) => {
  it('is as good as a token of whoever owns the keys', async () => {
    await using cloud = await startCloud(await open());
    const member = await cloud.addMember('member');
    const made = await cloud.call('POST', `/identity/v3/users/${member.userId}/credentials/OS-EC2`, {
      token: member.token,
      body: { tenant_id: member.projectId },
    });
    const { access, secret } = made.body.credential;
    const stack = await cloud.call('POST', `/orchestration/v1/${member.projectId}/stacks`, {
      token: member.token,
      body: {
        stack_name: 'one',
        template: {
          heat_template_version: '2021-04-16',
          resources: { r: { type: 'OS::Heat::RandomString' } },
        },
      },
    });
    const base = '/cloudformation/v1/waitcondition/arn:openstack:heat::p:stacks/one';
    const tell = (id: string, keys: { access: string; secret: string }) =>
      cloud.call('PUT', signedUrl(`${base}/${id}/resources/r`, keys), { body: {} });
    const { id } = stack.body.stack;
    expect((await tell(id, { access, secret: 'guessed' })).status).toBe(401);
    expect((await tell(id, { access: 'none', secret })).status).toBe(401);
    expect((await tell(newUuid(), { access, secret })).status).toBe(404);
    const deaf = await tell(id, { access, secret });
    expect([400, 404]).toContain(deaf.status);
    expect(deaf.body.error.message).toMatch(/not supported for resource r|\(r\) could not be found/);
  });
});
