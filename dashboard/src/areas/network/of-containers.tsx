import { IconWorld } from '@tabler/icons-react';
import type { ShownContainer } from '../../../../src/sdk/containers.ts';
import type { Addition } from '../extension.ts';
import { GiveFloatingIp } from './give-floating-ip.tsx';

/** What networks add to workloads: the way to be reached from outside. */
export const addition: Addition = {
  forms: [
    {
      title: 'floatingIp.give',
      icon: <IconWorld size={15} />,
      refusedIn: ({ addresses, status }: ShownContainer) =>
        Object.keys(addresses ?? {}).length === 0 ? status : undefined,
      refusal: 'floatingIp.noAddress',
      show: GiveFloatingIp,
    },
  ],
};
