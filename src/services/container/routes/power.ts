import type { Route } from '#kernel/http/route.ts';
import type { PowerAction } from '../model/power.ts';
import { NoParameters, Timeout } from '../schema/actions.ts';
import type { ContainerPower } from '../service/power.ts';
import { actionRoute } from './action-route.ts';

const STOP_TIMEOUT_SECONDS = 10;

export const powerRoutes = (power: ContainerPower): Route[] => [
  plain(power, 'start', 'Start a container.'),
  plain(power, 'pause', 'Pause a container.'),
  plain(power, 'unpause', 'Let a paused container go on.'),
  withTimeout(power, 'stop', 'Stop a container.'),
  withTimeout(power, 'reboot', 'Restart a container.'),
];

const plain = (power: ContainerPower, verb: PowerAction, summary: string): Route =>
  actionRoute({
    verb,
    summary,
    parameters: NoParameters,
    handle: ({ ctx, params }) => power.act(ctx, params.container, verb, STOP_TIMEOUT_SECONDS),
  });

const withTimeout = (power: ContainerPower, verb: PowerAction, summary: string): Route =>
  actionRoute({
    verb,
    summary,
    parameters: Timeout,
    handle: ({ ctx, params }, { timeout }) =>
      power.act(ctx, params.container, verb, typeof timeout === 'number' ? timeout : STOP_TIMEOUT_SECONDS),
  });
