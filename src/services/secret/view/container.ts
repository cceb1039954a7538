import type { Container } from '../model/container.ts';
import { refTo } from '../model/refs.ts';
import { wireTime } from '../model/times.ts';
import type { Consumer, ConsumerName } from '../store/consumers.ts';

export const containerView = (container: Container, base: string, consumers: readonly ConsumerName[]) => ({
  container_ref: refTo(base, 'containers', container.id),
  name: container.name,
  type: container.type,
  status: 'ACTIVE',
  creator_id: container.creatorId,
  created: wireTime(container.createdAt),
  updated: wireTime(container.updatedAt),
  secret_refs: container.members.map(({ name, secretId }) => ({
    ...(name !== null && { name }),
    secret_ref: refTo(base, 'secrets', secretId),
  })),
  consumers,
});

export const consumerView = ({ name, createdAt }: Consumer) => ({
  ...name,
  status: 'ACTIVE',
  created: wireTime(createdAt),
  updated: wireTime(createdAt),
});
