import type { ContainerImage, PowerSpec } from '#node/protocol.ts';
import type { Action } from './states.ts';
import type { Container, ContainerSettings, TaskState, WayBack } from './container.ts';

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
  settings: withoutWayBack(container.settings),
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
export const withRebuild = (container: Container, image: ContainerImage, wayBack?: WayBack): Container => ({
  ...container,
  generation: container.generation + 1,
  settings: {
    ...withoutWayBack(container.settings),
    revision: (container.settings.revision ?? 0) + 1,
    ...(wayBack && { wayBack }),
  },
  placement: { ...container.placement, image },
  power: rebuiltPower(container),
  status: 'Rebuilding',
  statusReason: null,
  taskState: 'container_rebuilding',
});

/** What it is now, to go back to; undefined for one that was never made. */
export function wayBackFrom({ image, settings, placement, power }: Container): WayBack | undefined {
  if (placement.image === null) return undefined;
  const { imageDriver, revision = 0 } = settings;
  return { image, imageDriver, placedImage: placement.image, revision, power };
}

/** The new one is good: the old one may go. Its node's next report ends the rebuild. */
export const withoutReturn = (container: Container): Container => ({
  ...container,
  generation: container.generation + 1,
  settings: withoutWayBack(container.settings),
});

/** The new one is not good: the old one comes back. A container that has no way back is returned as it is. */
export function withReturn(container: Container, reason: string): Container {
  const { wayBack } = container.settings;
  if (!wayBack) return container;
  const { image, imageDriver, placedImage, revision, power } = wayBack;
  const wentBack = `The rebuild was taken back: ${reason}`;
  return {
    ...container,
    image,
    generation: container.generation + 1,
    settings: { ...withoutWayBack(container.settings), imageDriver, revision, wentBack },
    placement: { ...container.placement, image: placedImage },
    power,
    statusReason: wentBack,
  };
}

function withoutWayBack(settings: ContainerSettings): ContainerSettings {
  const { wayBack: _wayBack, wentBack: _wentBack, ...others } = settings;
  return others;
}

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
