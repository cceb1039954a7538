import type { CloudEvent } from '#kernel/events/event.ts';
import { COMPARE, type EventCondition, type EventRule } from './rule.ts';

/** Whether an event is one that the rule waits for. `traits.x` and `x` are fields of the event, or of what it carries. */
export const matchesEvent = ({ event_type, query }: EventRule, event: CloudEvent): boolean =>
  likeType(event_type, event.type) && query.every((condition) => holds(condition, event));

/** `*` stands for any text. Parts are found from left to right, so no pattern is slow. */
function likeType(pattern: string, type: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return first === type;
  if (type.length < first.length + last.length || !type.startsWith(first) || !type.endsWith(last))
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = type.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= type.length - last.length;
}

function holds({ field, op, value, type }: EventCondition, event: CloudEvent): boolean {
  const known = valueOf(event, field.replace(/^traits\./, ''));
  if (typeof known !== 'string' && typeof known !== 'number' && typeof known !== 'boolean') return false;
  const numeric = type === 'integer' || type === 'float';
  return numeric
    ? COMPARE[op](Number(known), Number(value))
    : COMPARE[op](String(known), type === 'boolean' ? value.toLowerCase() : value);
}

function valueOf({ projectId, service, type, resource, payload, at }: CloudEvent, field: string): unknown {
  const own: Record<string, unknown> = {
    project_id: projectId,
    tenant_id: projectId,
    service,
    event_type: type,
    resource_id: resource,
    instance_id: resource,
    generated: at,
  };
  if (Object.hasOwn(own, field)) return own[field];
  return typeof payload === 'object' && payload !== null && Object.hasOwn(payload, field)
    ? (payload as Record<string, unknown>)[field]
    : undefined;
}
