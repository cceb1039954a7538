import { Type } from 'typebox';
import { attributes, Count, Flag, STANDARD, STANDARD_CHANGE, type Attributes } from './common.ts';

const POLICY = { shared: Type.Optional(Flag), is_default: Type.Optional(Flag) };
const RULE = {
  max_burst_kbps: Type.Optional(Count),
  direction: Type.Optional(Type.Union([Type.Literal('ingress'), Type.Literal('egress')])),
};

export const CreateQosPolicy = attributes({ ...STANDARD, ...POLICY });
export const UpdateQosPolicy = attributes({ ...STANDARD_CHANGE, ...POLICY });
export const CreateQosRule = attributes({
  ...RULE,
  max_kbps: Count,
  project_id: STANDARD.project_id,
  tenant_id: STANDARD.tenant_id,
});
export const UpdateQosRule = attributes({ ...RULE, max_kbps: Type.Optional(Count) });

export type CreateQosPolicyBody = Attributes<typeof CreateQosPolicy>;
export type UpdateQosPolicyBody = Attributes<typeof UpdateQosPolicy>;
export type CreateQosRuleBody = Attributes<typeof CreateQosRule>;
export type UpdateQosRuleBody = Attributes<typeof UpdateQosRule>;
