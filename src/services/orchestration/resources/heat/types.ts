import type { ResourceType } from '../resource-type.ts';
import { delay } from './delay.ts';
import { accessPolicy, deployedServer } from './deployed-server.ts';
import { deploymentTypes } from './deployment.ts';
import { none } from './none.ts';
import { randomString } from './random-string.ts';
import { remoteStack } from './remote-stack.ts';
import {
  cloudConfig,
  multipartMime,
  softwareComponent,
  softwareConfig,
  structuredConfig,
} from './software-config.ts';
import { testResource } from './test-resource.ts';
import { value } from './value.ts';
import {
  cfnWaitCondition,
  cfnWaitConditionHandle,
  updateWaitConditionHandle,
  waitCondition,
  waitConditionHandle,
} from './wait-condition.ts';

/** Heat's own types. */
export const heatTypes: readonly ResourceType[] = [
  none,
  randomString,
  testResource,
  value,
  delay,
  waitCondition,
  waitConditionHandle,
  updateWaitConditionHandle,
  cfnWaitCondition,
  cfnWaitConditionHandle,
  softwareConfig,
  structuredConfig,
  softwareComponent,
  cloudConfig,
  multipartMime,
  ...deploymentTypes,
  deployedServer,
  accessPolicy,
  remoteStack,
];
