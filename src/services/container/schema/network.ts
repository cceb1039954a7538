import { Type, type Static } from 'typebox';
import { Name, NetworkRef, STRICT } from './common.ts';

export const CreateNetwork = Type.Object({ name: Name, neutron_net_id: Type.Optional(NetworkRef) }, STRICT);

export const NetworkParams = Type.Object({ network: Type.String() });

export type CreateNetworkBody = Static<typeof CreateNetwork>;
