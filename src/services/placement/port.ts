import type { Readable } from 'node:stream';
import type { Ctx } from '#kernel/context.ts';
import type { CpuSet } from '#drivers/runtime/driver.ts';
import type { ControlMethods, DesiredObject, NodeMethods, ObjectKey, Report } from '#node/protocol.ts';
import type { NodeDescription } from '#node/description.ts';

/** Where things go, and how much is left there. */
export interface PlacementPort {
  /**
   * Picks a node by filters and weights and allocates the resources to `consumer`. Repeating it for one consumer gives the
   * same node again.
   * @throws CloudError `unavailable`, not retryable, "There are not enough hosts available." when none fits.
   */
  claim(ctx: Ctx, claim: Claim): Promise<Placed>;
  /** Frees what the consumer holds. Idempotent. */
  release(ctx: Ctx, consumer: string): Promise<void>;
  /**
   * Gives the consumer more or less where it is. Idempotent; without an allocation nothing happens.
   * @throws CloudError `conflict` when its node has not that much left; then nothing has changed.
   */
  resize(ctx: Ctx, consumer: string, resources: ResourceAmounts): Promise<void>;
}

export interface Claim {
  /** Id of what is placed. */
  readonly consumer: string;
  readonly projectId: string;
  readonly userId: string;
  readonly resources: ResourceAmounts;
  readonly runtime: string | null;
  readonly availabilityZone: string | null;
  /** A host the user named. */
  readonly host: string | null;
  readonly hints: Readonly<Record<string, string>>;
  /** So many processors of one NUMA node, shared with nobody; beside `resources`, which then has none. */
  readonly dedicatedCpus?: number;
}

/** Cores (fractions allowed), MiB, GiB. */
export interface ResourceAmounts {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

export interface Placed {
  /** Hostname of the node. */
  readonly host: string;
  /** The processors that it has to itself. */
  readonly cpuset?: CpuSet;
}

export type { CpuSet };

export interface NodeInfo extends NodeDescription {
  readonly id: string;
  /** `away`: a moment ago it was up. It gets new things only when no node that is up can have them, and makes them at its return. */
  readonly state: 'up' | 'away' | 'down';
  readonly disabled: boolean;
  readonly disabledReason: string | null;
  /** An operator knows it to be down, whatever it says. */
  readonly forcedDown: boolean;
  readonly lastSeen: string;
  readonly allocated: ResourceAmounts;
  /** Processors that somebody has to themselves; absent = none. */
  readonly takenCpus?: readonly number[];
}

/** An operator's word on a node. */
export type NodeChange = Partial<Pick<NodeInfo, 'disabled' | 'disabledReason' | 'forcedDown'>>;

/** The nodes themselves: what they should have, what they say, what can be asked of them. */
export interface NodePort {
  list(ctx: Ctx): Promise<NodeInfo[]>;
  find(ctx: Ctx, idOrHostname: string): Promise<NodeInfo | undefined>;
  /** What runs there goes on. @throws CloudError `not-found`. */
  change(ctx: Ctx, idOrHostname: string, change: NodeChange): Promise<NodeInfo>;
  /** Takes what an operator said of it back; one that is not connected is forgotten. @throws CloudError `not-found`. */
  forget(ctx: Ctx, idOrHostname: string): Promise<void>;
  /**
   * Sends changes to a node that is connected, and resolves when it has stored them. While it is away nothing is lost:
   * after its return it is sent everything its sources list.
   * @throws CloudError `unavailable` (retryable) when the node is away.
   */
  put(host: string, objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void>;
  /** @throws CloudError `unavailable` when the node is away, or the node's own error. */
  request<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): Promise<NodeMethods[M]['answer']>;
  /** Bytes from a node, under flow control. @throws CloudError `unavailable` when the node is away, or the node's own error. */
  open<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
    signal?: AbortSignal,
  ): Promise<OpenedBytes<NodeMethods[M]['answer']>>;
  /** Lines of JSON from a node, one item each. */
  stream<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): AsyncIterable<NodeMethods[M]['answer']>;
}

export interface OpenedBytes<Head> {
  readonly head: Head;
  /** To be read to its end or destroyed. */
  readonly stream: Readable;
}

/** What nodes may ask. Each service registers in compose what it answers, before the first node connects; one handler a method. */
export interface NodeQuestions {
  answer<M extends Question>(method: M, handler: Answer<M>): void;
  /** With bytes after the answer. */
  answerStream<M extends Question>(method: M, handler: StreamAnswer<M>): void;
}

/** What is not the nodes' own. */
export type Question = Exclude<keyof ControlMethods, `node.${string}`>;

export type Answer<M extends Question> = (
  node: AskingNode,
  body: ControlMethods[M]['body'],
  signal: AbortSignal,
) => Promise<ControlMethods[M]['answer']>;

export type StreamAnswer<M extends Question> = (
  node: AskingNode,
  body: ControlMethods[M]['body'],
  signal: AbortSignal,
) => Promise<{ readonly head: ControlMethods[M]['answer']; readonly stream: AsyncIterable<Uint8Array> }>;

/** Who asks. */
export interface AskingNode {
  readonly host: string;
  /** Asks back, for bytes, over the same line. */
  open<M extends keyof NodeMethods>(
    method: M,
    body: NodeMethods[M]['body'],
    signal: AbortSignal,
  ): Promise<Readable>;
}

/** What a service wants to exist on nodes. Registered in compose; asked after each connect. */
export interface DesiredSource {
  readonly kinds: readonly DesiredObject['kind'][];
  list(host: string): Promise<DesiredObject[]>;
  /** What the node observed about objects of these kinds. `whole`: objects of ours that are missing in it are not on the node. */
  observed(
    host: string,
    reports: readonly Report[],
    gone: readonly ObjectKey[],
    whole: boolean,
  ): Promise<void>;
}
