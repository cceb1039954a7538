import type { StoredCtx } from '#kernel/context.ts';
import type { CompositeRule, EventRule, ThresholdRule } from './rule.ts';

export const STATES = ['ok', 'alarm', 'insufficient data'] as const;
export type AlarmState = (typeof STATES)[number];
export const SEVERITIES = ['low', 'moderate', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const THRESHOLD_TYPES = [
  'gnocchi_resources_threshold',
  'gnocchi_aggregation_by_metrics_threshold',
  'gnocchi_aggregation_by_resources_threshold',
] as const;
export type ThresholdType = (typeof THRESHOLD_TYPES)[number];
export const ALARM_TYPES = [...THRESHOLD_TYPES, 'event', 'composite'] as const;
export type AlarmType = (typeof ALARM_TYPES)[number];

/** Only evaluated for so long after each start. */
export interface TimeConstraint {
  readonly name: string;
  readonly description: string;
  /** Five fields of cron. */
  readonly start: string;
  /** Seconds. */
  readonly duration: number;
  /** IANA; empty = UTC. */
  readonly timezone: string;
}

export type Rule =
  | { readonly type: ThresholdType; readonly rule: ThresholdRule }
  | { readonly type: 'event'; readonly rule: EventRule }
  | { readonly type: 'composite'; readonly rule: CompositeRule };

/** What its owner says of it. */
export type AlarmDraft = Rule & {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly repeatActions: boolean;
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
  readonly timeConstraints: readonly TimeConstraint[];
};

export type Alarm = AlarmDraft & {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  /** In whose name its actions call this cloud. */
  readonly owner: StoredCtx;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateChangedAt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** What happened to it, as its history tells. */
export interface AlarmChange {
  readonly id: string;
  readonly alarmId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly type: 'creation' | 'rule change' | 'state transition' | 'deletion';
  readonly detail: unknown;
  readonly at: string;
}

export const isThreshold = (type: AlarmType): type is ThresholdType =>
  (THRESHOLD_TYPES as readonly AlarmType[]).includes(type);
