import type { Clock } from '#kernel/clock.ts';
import type { Resource } from '../model/resource.ts';
import type { Recipe } from '../model/stack.ts';
import type { Json, JsonMap } from '../template/json.ts';
import type { Adjustment } from './groups/capacity.ts';
import type { ChildRecipe, NestedStack } from './nested-stack.ts';
import type { AttributeSchema, PropertySchemas } from './property.ts';

/**
 * A kind of thing that stacks are made of: everything about it in one place. Verbs are idempotent: each may have run before, by
 * half or whole, when the process died. They begin something; whether it has come to its end is asked by `settled`.
 */
export interface ResourceType {
  /** `OS::Neutron::Net`. */
  readonly name: string;
  readonly description: string;
  readonly support?: Support;
  readonly properties: PropertySchemas;
  readonly attributes: Readonly<Record<string, AttributeSchema>>;
  /** Any property is taken as it is. */
  readonly takesAll?: boolean;
  /**
   * Makes it. When `run.again`, an earlier try may have, whole or half: that is gone on with, and nothing is made twice.
   * @returns the physical id
   */
  create(run: ResourceRun): Promise<string>;
  /** Whether what `create` or `update` began is done. Asked again after news. @throws CloudError when it has failed for good. */
  settled?(run: ResourceRun): Promise<boolean>;
  /** What `settled` waits for is told to resources of the stack, or is this time, in milliseconds since 1970: it is not asked in between. */
  settledBy?(run: ResourceRun): number;
  /**
   * Brings what is there in line with `run.properties`. Only asked when all that changed may be updated.
   * @throws Replacement when it must be made anew after all.
   */
  update?(run: ResourceRun, changed: ReadonlySet<string>): Promise<void>;
  /** Takes it away; nothing there is success. */
  remove(run: ResourceRun): Promise<void>;
  /** Whether what `remove` began is done. */
  removed?(run: ResourceRun): Promise<boolean>;
  /** What `get_resource` gives; default: the physical id. */
  reference?(run: ResourceRun): string | Promise<string>;
  /** What `get_attr` gives for `path[0]`, before the rest of the path is followed. */
  attribute?(run: ResourceRun, path: readonly (string | number)[]): Promise<Json>;
  /** Somebody told it something. @returns what the event says. @throws CloudError `bad-request` */
  signal?(run: ResourceRun, details: JsonMap): Promise<string>;
  /** What it is told is kept, for `run.signals` of this and other resources of the stack. */
  readonly keepsSignals?: true;
  /** What stands behind it is a stack, here or elsewhere: an update of the stack around it is one of it too, and a failed one is gone on with. */
  readonly holdsStack?: true;
  /** The stack that one with these properties will hold, where it is known: of a group one member, which stands for all, unless it is looked at whole. */
  foreseen?(properties: JsonMap, whole?: Look): ChildRecipe;
  /** Its stack is no part of the tree around it: it has a life of its own. */
  readonly standsAlone?: true;
  /** It is told things while its stack is suspended or deleted too. */
  readonly alwaysListens?: true;
  /** Every update of its stack makes it anew. */
  readonly neverKept?: true;
  /** It is a group, and is to grow or shrink: what that takes is begun. @returns whether anything is to do */
  adjust?(run: ResourceRun, adjustment: Adjustment): Promise<boolean>;
  /** Whether it is there and well; default: `settled`. @throws CloudError when not. */
  check?(run: ResourceRun): Promise<void>;
  suspend?(run: ResourceRun): Promise<void>;
  resume?(run: ResourceRun): Promise<void>;
  /** Whether what `suspend`, `resume` or `check` began is done. */
  rested?(run: ResourceRun): Promise<boolean>;
}

/** How far a group is looked at before it is made. */
export interface Look {
  /** Its members by now. */
  readonly names: readonly string[];
  readonly atMost: number;
}

export interface Support {
  readonly status: 'SUPPORTED' | 'DEPRECATED' | 'HIDDEN' | 'UNSUPPORTED';
  readonly version?: string;
  readonly message?: string;
}

/** What a verb is given. */
export interface ResourceRun {
  readonly stack: {
    readonly id: string;
    readonly name: string;
    readonly projectId: string;
    readonly rootId: string;
    readonly recipe: Recipe;
  };
  readonly resource: Resource;
  /** Read by the type's schemas. */
  readonly properties: JsonMap;
  /** What the template says of changes. */
  readonly updatePolicy: JsonMap;
  /** The last try did not come to its end: it may have made something. */
  readonly again: boolean;
  /** The stack's other resources as they are now; none are known to those who only ask. */
  readonly beside: readonly Resource[];
  /** Physical ids of the stack's other resources: what is found again is none of them. */
  readonly taken: ReadonlySet<string>;
  /** The stack that it holds. */
  readonly nested: NestedStack;
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Keeps facts with the resource, at once and for good. */
  keep(data: JsonMap): Promise<void>;
  /** What the resource of the stack with this reference or physical id was told, the oldest first; undefined without one. Its type keeps signals. */
  signals(reference: string): Promise<readonly JsonMap[] | undefined>;
  /** Changes the size of the group of the stack that others call so; while it is signalled alone. @throws CloudError `not-found` */
  adjust(group: string, adjustment: Adjustment): Promise<boolean>;
  /** The physical id, before `create` has ended: what is known is found again. */
  made(physicalId: string): Promise<void>;
}

/** A change that cannot be made in place. */
export class Replacement extends Error {
  override readonly name = 'Replacement';
}

/** EC2 keys, by which addresses are signed. */
export interface SigningKeys {
  readonly access: string;
  readonly secret: string;
}

/** Keys that stand for the stack's owner in its project, or for another user. Whoever takes a stack away takes them away too. */
export interface KeyRing {
  /** Repeatable. */
  add(keys: SigningKeys, owner?: { readonly userId: string; readonly projectId: string }): Promise<void>;
  /** Nothing there is success. */
  remove(access: string): Promise<void>;
}

/** Users who can do nothing but signal the resources that know them. */
export interface TellerRing {
  /** Repeatable. */
  add(teller: {
    readonly name: string;
    readonly password: string;
  }): Promise<{ readonly id: string; readonly projectId: string }>;
  /** Nothing there is success. */
  remove(name: string): Promise<void>;
}

/** The public APIs as the stack's owner is allowed to use them, whoever serves them. */
export interface Cloud {
  /** Absent where nobody keeps keys. */
  readonly keys?: KeyRing;
  /** Absent where nobody keeps them. */
  readonly tellers?: TellerRing;
  /** @throws CloudError in that API's words, of the kind that its status stands for */
  call(request: CloudRequest): Promise<CloudReply>;
}

export interface CloudRequest {
  /** Type in the catalogue: `network`. */
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the service's endpoint: `/v2.0/networks`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `container 1.40`. */
  readonly microversion?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else text; null for none. */
  readonly body: unknown;
}
