import type { ResourceType } from '../resource-type.ts';
import { none } from './none.ts';
import { randomString } from './random-string.ts';
import { testResource } from './test-resource.ts';
import { value } from './value.ts';

/** Types that need no other service. */
export const heatTypes: readonly ResourceType[] = [none, randomString, testResource, value];
