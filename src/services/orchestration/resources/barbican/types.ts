import type { ResourceType } from '../resource-type.ts';
import { certificateContainer, genericContainer, rsaContainer } from './container.ts';
import { order, secret } from './secret.ts';

export const barbicanTypes: readonly ResourceType[] = [
  secret,
  order,
  genericContainer,
  rsaContainer,
  certificateContainer,
];
