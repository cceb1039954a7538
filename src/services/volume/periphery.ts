import type { Route } from '#kernel/http/route.ts';
import { defaultTypeRoutes } from './routes/default-types.ts';
import { factRoutes } from './routes/facts.ts';
import { messageRoutes } from './routes/messages.ts';
import { poolRoutes } from './routes/pools.ts';
import { hostRoutes, processRoutes } from './routes/processes.ts';
import { qosRoutes } from './routes/qos.ts';
import { quotaRoutes } from './routes/quotas.ts';
import { encryptionRoutes, typeAccessRoutes } from './routes/type-extras.ts';
import { DefaultTypes } from './service/default-types.ts';
import type { VolumeDeps } from './service/deps.ts';
import { EncryptionService } from './service/encryptions.ts';
import { HostService } from './service/hosts.ts';
import { PoolService } from './service/pools.ts';
import { ProcessService } from './service/processes.ts';
import { QosService } from './service/qos.ts';
import { QuotaSets } from './service/quota-sets.ts';
import type { Quotas } from './service/quotas.ts';
import { TypeAccessService } from './service/type-access.ts';
import type { TypeService } from './service/types.ts';
import type { Units } from './service/units.ts';
import { UserMessages } from './service/user-messages.ts';

export interface PeripheryDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly types: TypeService;
  readonly quotas: Quotas;
}

/** What stands around volumes: what types mean, what projects may have, and what administrators see and say of hosts. */
export function peripheryRoutes({ deps, units, types, quotas }: PeripheryDeps): Route[] {
  const processes = new ProcessService(deps, units);
  return [
    ...typeAccessRoutes(new TypeAccessService(deps, types)),
    ...encryptionRoutes(new EncryptionService(deps, units, types)),
    ...qosRoutes(new QosService(deps, units)),
    ...defaultTypeRoutes(new DefaultTypes(deps, types)),
    ...quotaRoutes(new QuotaSets(deps, quotas), deps.policy),
    ...processRoutes(processes),
    ...hostRoutes(new HostService(deps, processes), processes),
    ...poolRoutes(new PoolService(deps, processes, types)),
    ...messageRoutes(new UserMessages(deps), deps.policy),
    ...factRoutes(),
  ];
}
