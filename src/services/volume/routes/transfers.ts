import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { TransferParams } from '../schema/common.ts';
import { AcceptTransfer, CreateTransfer, ListTransfers } from '../schema/transfer.ts';
import type { TransferService } from '../service/transfers.ts';
import { transferBriefView, transferView } from '../view/transfer.ts';
import { listRoutes } from './list-routes.ts';
import { viewerOf } from './v3.ts';

/** Under its name of old, and the one it has since snapshots can go along. */
export const transferRoutes = (transfers: TransferService, policy: Policy): Route[] => [
  ...routesAt({ path: 'os-volume-transfer' }, transfers, policy),
  ...routesAt({ path: 'volume-transfers', since: '3.55' }, transfers, policy),
];

interface Place {
  readonly path: string;
  readonly since?: string;
}

const routesAt = ({ path, ...forms }: Place, transfers: TransferService, policy: Policy): Route[] => [
  route({
    method: 'POST',
    url: `/v3/${path}`,
    name: `create-${path}`,
    summary: 'Offer a volume to whoever has the key.',
    access: { rule: 'volume:create_transfer' },
    ...forms,
    body: CreateTransfer,
    status: 202,
    async handle(call) {
      const { transfer, authKey } = await transfers.create(call.ctx, call.body.transfer);
      return { transfer: { ...transferView(transfer, viewerOf(call, policy)), auth_key: authKey } };
    },
  }),
  ...listRoutes({
    path,
    plural: 'transfers',
    rule: 'volume:get_all_transfers',
    ...forms,
    query: ListTransfers,
    policy,
    list: (ctx, query) => transfers.list(ctx, query),
    brief: (items, viewer) => items.map((item) => transferBriefView(item, viewer)),
    detail: (items, viewer) => items.map((item) => transferView(item, viewer)),
  }),
  route({
    method: 'GET',
    url: `/v3/${path}/:transfer`,
    name: `get-${path}`,
    summary: 'Show an offered volume.',
    access: { rule: 'volume:get_transfer' },
    ...forms,
    params: TransferParams,
    status: 200,
    async handle(call) {
      const transfer = await transfers.get(call.ctx, call.params.transfer);
      return { transfer: transferView(transfer, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: `/v3/${path}/:transfer`,
    name: `delete-${path}`,
    summary: 'Take an offer back.',
    access: { rule: 'volume:delete_transfer' },
    ...forms,
    params: TransferParams,
    status: 202,
    handle: ({ ctx, params }) => transfers.delete(ctx, params.transfer),
  }),
  route({
    method: 'POST',
    url: `/v3/${path}/:transfer/accept`,
    name: `accept-${path}`,
    summary: 'Take an offered volume.',
    access: { rule: 'volume:accept_transfer' },
    ...forms,
    params: TransferParams,
    body: AcceptTransfer,
    status: 202,
    async handle(call) {
      const { auth_key } = call.body.accept;
      const transfer = await transfers.accept(call.ctx, call.params.transfer, auth_key);
      return { transfer: transferBriefView(transfer, viewerOf(call, policy)) };
    },
  }),
];
