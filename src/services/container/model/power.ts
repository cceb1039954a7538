import type { ContainerImage, PowerSpec } from '#node/protocol.ts';
import type { Action } from './states.ts';
import type { Container, TaskState } from './container.ts';

export type PowerAction = Extract<Action, 'start' | 'stop' | 'reboot' | 'pause' | 'unpause'>;

const TASK_STATES: Record<PowerAction, TaskState> = {
  start: 'container_starting',
  stop: 'container_stopping',
  reboot: 'container_rebooting',
  pause: 'container_pausing',
  unpause: 'container_unpausing',
};

/** The container with the user's wish in it: the next generation, waiting for its node to say that it is so. */
export const withPower = (
  container: Container,
  action: PowerAction,
  stopTimeoutSeconds: number,
): Container => ({
  ...container,
  generation: container.generation + 1,
  power: nextPower(container.power, action, stopTimeoutSeconds),
  status: action === 'reboot' ? 'Restarting' : container.status,
  statusReason: null,
  taskState: TASK_STATES[action],
});

/** A container whose creation failed has nothing on any node: running it means creating it again. */
export const withNewTry = (
  container: Container,
  power = nextPower(container.power, 'start', container.power.stopTimeoutSeconds),
): Container => ({
  ...container,
  generation: container.generation + 1,
  power,
  status: 'Creating',
  statusReason: null,
  taskState: 'image_pulling',
  observed: null,
});

/** The container as it will be made anew: it runs again if it ran. */
export const withRebuild = (container: Container, image: ContainerImage): Container => ({
  ...container,
  generation: container.generation + 1,
  settings: { ...container.settings, revision: (container.settings.revision ?? 0) + 1 },
  placement: { ...container.placement, image },
  power: rebuiltPower(container),
  status: 'Rebuilding',
  statusReason: null,
  taskState: 'container_rebuilding',
});

function rebuiltPower({ power, status }: Container): PowerSpec {
  const ran = status === 'Running' || (status === 'Error' && power.state === 'running');
  return ran ? { ...power, state: 'running', epoch: power.epoch + 1 } : { ...power, state: 'created' };
}

function nextPower(power: PowerSpec, action: PowerAction, stopTimeoutSeconds: number): PowerSpec {
  switch (action) {
    case 'start':
      return { ...power, state: 'running', epoch: power.epoch + 1 };
    case 'reboot':
      return { state: 'running', epoch: power.epoch + 1, stopTimeoutSeconds };
    case 'stop':
      return { ...power, state: 'stopped', stopTimeoutSeconds };
    case 'pause':
      return { ...power, state: 'paused' };
    case 'unpause':
      return { ...power, state: 'running' };
  }
}
