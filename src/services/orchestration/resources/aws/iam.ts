import { badRequest, notFound } from '#kernel/errors.ts';
import { newHexId, newSecret } from '#kernel/ids.ts';
import type { Resource } from '../../model/resource.ts';
import { tellersOf } from '../../model/stack-user.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import { accessPolicy } from '../heat/deployed-server.ts';
import { dropKeys } from '../heat/signed-url.ts';
import { dropTeller, tellerOf } from '../heat/teller.ts';
import type { ResourceRun, ResourceType, SigningKeys } from '../resource-type.ts';
import { list, mapOf, NEEDED, text } from '../rest/fields.ts';

const USER = 'user';

/** Somebody who may signal what the stack's access policies name, and nothing else; without one, all of the stack. */
export const iamUser: ResourceType = {
  name: 'AWS::IAM::User',
  description: 'A user of the stack alone.',
  properties: {
    Path: text('Not used.'),
    Groups: list('Not used.'),
    LoginProfile: mapOf({ Password: text('The password.', { hidden: true }) }, 'How the user signs in.'),
    Policies: list('Access policies of the stack.'),
  },
  attributes: {},
  async create(run) {
    const { properties, resource } = run;
    const { Password: password } = (properties['LoginProfile'] ?? {}) as JsonMap;
    const teller = await tellerOf(run, USER, {
      name: `user-${resource.id}`,
      tells: {},
      ...(typeof password === 'string' && { password }),
      ...allowance(run),
    });
    return teller.id;
  },
  reference: ({ resource }) => resource.physicalName,
  remove: (run) => dropTeller(run, USER),
  async check({ resource }) {
    if (!tellersOf(resource)[USER]) throw notFound('The user is not there.');
  },
};

/** What is no text is passed over, as upstream does. @throws CloudError `bad-request` for what is no access policy of the stack */
function allowance({ beside, properties, resource }: ResourceRun): { readonly about?: readonly string[] } {
  const policies = ((properties['Policies'] ?? []) as readonly Json[]).filter(
    (one) => typeof one === 'string',
  );
  if (policies.length === 0) return {};
  const named = policies.map((policy) => {
    const found = beside.find((row) => row.madeBy === accessPolicy.name && isCalled(row, policy));
    if (!found)
      throw badRequest(`The Referenced Attribute (${resource.name} Policies) is incorrect.`, {
        code: 'InvalidTemplateAttribute',
      });
    return (found.properties as JsonMap)['AllowedResources'] as readonly string[];
  });
  const [first = [], ...others] = named;
  return { about: first.filter((name) => others.every((more) => more.includes(name))) };
}

const isCalled = ({ name, reference, physicalId }: Resource, called: string): boolean =>
  [name, reference, physicalId].includes(called);

/** Keys by which a user of the stack signs what it tells. */
export const iamAccessKey: ResourceType = {
  name: 'AWS::IAM::AccessKey',
  description: 'Keys of a user of the stack.',
  properties: { UserName: text('The user.', NEEDED) },
  attributes: {
    UserName: { type: 'string', description: 'Username associated with the AccessKey.' },
    SecretAccessKey: { type: 'string', description: 'Keypair secret key.' },
  },
  async create(run) {
    const owner = ownerOf(run);
    const keys = keysOf(run) ?? { access: newHexId(), secret: newSecret() };
    await run.keep({ keys: { ...keys } });
    if (!run.cloud.keys) throw notFound('Nobody keeps keys.');
    await run.cloud.keys.add(keys, owner);
    return keys.access;
  },
  remove: dropKeys,
  async attribute(run, [name]): Promise<Json> {
    if (name === 'UserName') return run.properties['UserName'] ?? null;
    return name === 'SecretAccessKey' ? (keysOf(run)?.secret ?? null) : null;
  },
  async check(run) {
    if (!keysOf(run)) throw notFound('The keys are not there.');
  },
};

const keysOf = ({ resource }: ResourceRun): SigningKeys | undefined =>
  resource.data['keys'] as SigningKeys | undefined;

function ownerOf({ beside, properties }: ResourceRun): {
  readonly userId: string;
  readonly projectId: string;
} {
  const named = textOf(properties['UserName']);
  const row = beside.find((one) => one.madeBy === iamUser.name && isCalled(one, named));
  const user = row && tellersOf(row)[USER];
  if (!user?.id || !user.projectId) throw notFound(`could not find user ${named}`);
  return { userId: user.id, projectId: user.projectId };
}
