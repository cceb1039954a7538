import { Type } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { StackParams } from '../schema/common.ts';
import { ACTIONS, type StackActions } from '../service/actions.ts';
import type { StackService } from '../service/stacks.ts';
import { STACK, stackAt } from './stacks.ts';

/** One key names the action; what it stands for does not matter. */
const ActionBody = Type.Object(
  Object.fromEntries(ACTIONS.map((action) => [action, Type.Optional(Type.Unknown())])),
);

export interface ActionRoutesDeps {
  readonly stacks: StackService;
  readonly actions: StackActions;
  readonly policy: Policy;
}

export const actionRoutes = ({ stacks, actions, policy }: ActionRoutesDeps): Route[] => [
  route({
    method: 'POST',
    url: `${STACK}/actions`,
    name: 'act-on-stack',
    summary: 'Suspend, resume or check a stack, or cancel what is under way.',
    access: { rule: 'actions:action' },
    params: StackParams,
    body: ActionBody,
    status: 200,
    async handle({ ctx, params, body }) {
      const [name, ...others] = Object.keys(body);
      if (name === undefined) throw badRequest('No action specified');
      if (others.length > 0) throw badRequest('Multiple actions specified');
      const action = ACTIONS.find((one) => one === name);
      if (!action) throw badRequest(`Invalid action ${name} specified`);
      policy.authorize(ctx, `actions:${action}`);
      await actions.act(ctx, await stackAt(stacks, { ctx, params }, `actions:${action}`), action);
      return null;
    },
  }),
];
