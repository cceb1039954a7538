import { route, type Route } from '#kernel/http/route.ts';
import { addressGroupKind, poolKind, scopeKind } from '../kinds-extra.ts';
import { AddressesBody, CreateAddressGroup, UpdateAddressGroup } from '../schema/address-group.ts';
import {
  CreatePool,
  CreateScope,
  OnboardBody,
  PrefixesBody,
  UpdatePool,
  UpdateScope,
} from '../schema/subnet-pool.ts';
import type { AddressGroupService } from '../service/address-groups.ts';
import type { AddressScopeService } from '../service/address-scopes.ts';
import type { SubnetPoolService } from '../service/subnet-pools.ts';
import { resourceRoutes, type Common } from './resource.ts';
import { IdParams, targetOf } from './target.ts';

interface AddressingUseCases {
  readonly pools: SubnetPoolService;
  readonly scopes: AddressScopeService;
  readonly addressGroups: AddressGroupService;
}

/** Subnet pools, address scopes, address groups. */
export const addressingRoutes = (common: Common, useCases: AddressingUseCases): Route[] => [
  ...resourceRoutes({
    reader: common.reader,
    tags: null,
    kind: scopeKind,
    schemas: { create: CreateScope, update: UpdateScope },
    useCases: useCases.scopes,
  }),
  ...resourceRoutes({
    ...common,
    kind: poolKind,
    schemas: { create: CreatePool, update: UpdatePool },
    useCases: useCases.pools,
  }),
  ...prefixRoutes(useCases.pools),
  ...resourceRoutes({
    ...common,
    kind: addressGroupKind,
    schemas: { create: CreateAddressGroup, update: UpdateAddressGroup },
    useCases: useCases.addressGroups,
  }),
  ...addressRoutes(common, useCases.addressGroups),
];

const prefixRoutes = (pools: SubnetPoolService): Route[] => [
  ...(['add', 'remove'] as const).map((verb) =>
    route({
      method: 'PUT',
      url: `/v2.0/subnetpools/:id/${verb}_prefixes`,
      name: `${verb}-subnetpool-prefixes`,
      summary: `${verb === 'add' ? 'Add prefixes to' : 'Take free prefixes out of'} a subnet pool.`,
      access: { rule: 'update_subnetpool' },
      params: IdParams,
      body: PrefixesBody,
      status: 200,
      async handle(call) {
        const { prefixes } = call.body;
        const pool = await pools[`${verb}Prefixes`](call.ctx, targetOf(call), prefixes);
        return { prefixes: pool.prefixes };
      },
    }),
  ),
  route({
    method: 'PUT',
    url: '/v2.0/subnetpools/:id/onboard_network_subnets',
    name: 'onboard-network-subnets',
    summary: "Make a network's subnets the pool's.",
    access: { rule: 'update_subnetpool' },
    params: IdParams,
    body: OnboardBody,
    status: 200,
    async handle(call) {
      await pools.onboard(call.ctx, targetOf(call), call.body);
      return {};
    },
  }),
];

const addressRoutes = ({ reader }: Common, addressGroups: AddressGroupService): Route[] =>
  (['add', 'remove'] as const).map((verb) =>
    route({
      method: 'PUT',
      url: `/v2.0/address-groups/:id/${verb}_addresses`,
      name: `${verb}-address-group-addresses`,
      summary: `${verb === 'add' ? 'Add addresses to' : 'Take addresses out of'} a group.`,
      access: { rule: 'update_address_group' },
      params: IdParams,
      body: AddressesBody,
      status: 200,
      async handle(call) {
        const { addresses } = call.body;
        const group = await addressGroups[`${verb}Addresses`](call.ctx, targetOf(call), addresses);
        return { address_group: await reader.view(call.ctx, addressGroupKind, group) };
      },
    }),
  );
