import type { Static } from 'typebox';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { Member } from '../model/container.ts';
import { idIn, refTo } from '../model/refs.ts';
import { ContainerParams, pageOf } from '../schema/common.ts';
import { CreateContainer, ListContainers, SecretRef } from '../schema/container.ts';
import { viewerOf } from '../service/access.ts';
import type { ConsumerService } from '../service/consumers.ts';
import type { ContainerService } from '../service/containers.ts';
import { containerView } from '../view/container.ts';
import { pageView } from '../view/page.ts';

export const containerRoutes = (containers: ContainerService, consumers: ConsumerService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/containers',
    name: 'create-container',
    summary: 'Put secrets together under names.',
    access: { rule: 'key-manager:containers:post' },
    body: CreateContainer,
    status: 201,
    async handle({ ctx, body, base }) {
      const members = (body.secret_refs ?? []).map(memberOf);
      const { id } = await containers.create(ctx, { name: body.name ?? null, type: body.type, members });
      const container_ref = refTo(base, 'containers', id);
      return new Reply({ container_ref }, { headers: { location: container_ref } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/containers',
    name: 'list-containers',
    summary: 'List containers.',
    access: { rule: 'key-manager:containers:get' },
    query: ListContainers,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = pageOf(query);
      const { name, type } = query;
      const listed = await containers.list(ctx, { viewer: viewerOf(ctx), name, type }, page);
      const used = await consumers.ofAll(listed.items.map(({ id }) => id));
      return pageView({
        name: 'containers',
        url: `${base}/v1/containers`,
        query,
        page,
        listed,
        view: (container) => containerView(container, base, used.get(container.id) ?? []),
      });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/containers/:container_id',
    name: 'get-container',
    summary: 'Show a container.',
    access: 'authenticated',
    params: ContainerParams,
    status: 200,
    async handle({ ctx, params, base }) {
      const container = await containers.get(ctx, params.container_id);
      return containerView(container, base, (await consumers.ofAll([container.id])).get(container.id) ?? []);
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/containers/:container_id',
    name: 'delete-container',
    summary: 'Delete a container; its secrets stay.',
    access: { rule: 'key-manager:container:delete' },
    params: ContainerParams,
    status: 204,
    handle: ({ ctx, params }) => containers.delete(ctx, params.container_id),
  }),
  ...memberRoutes(containers),
];

const memberRoutes = (containers: ContainerService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/containers/:container_id/secrets',
    name: 'add-container-secret',
    summary: 'Put a secret into a generic container.',
    access: { rule: 'key-manager:container_secret:post' },
    params: ContainerParams,
    body: SecretRef,
    status: 201,
    async handle({ ctx, params, body, base }) {
      await containers.addSecret(ctx, params.container_id, memberOf(body));
      return { container_ref: refTo(base, 'containers', params.container_id) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/containers/:container_id/secrets',
    name: 'remove-container-secret',
    summary: 'Take a secret out of a generic container.',
    access: { rule: 'key-manager:container_secret:delete' },
    params: ContainerParams,
    body: SecretRef,
    status: 204,
    handle: ({ ctx, params, body }) => containers.removeSecret(ctx, params.container_id, memberOf(body)),
  }),
];

const memberOf = ({ name, secret_ref }: Static<typeof SecretRef>): Member => ({
  name: name ?? null,
  secretId: idIn(secret_ref),
});
