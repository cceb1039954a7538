import type { Expression, ExpressionMap } from './expression.ts';
import type { Json } from './json.ts';
import type { ParameterSchema } from './parameter-schema.ts';

/** `Delete` takes the resource away with the stack, `Retain` leaves it, `Snapshot` keeps a copy of its data. */
export type DeletionPolicy = 'Delete' | 'Retain' | 'Snapshot';

export interface ResourceDefinition {
  readonly name: string;
  readonly type: string;
  readonly properties: Expression;
  readonly metadata: Expression;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updatePolicy: Expression;
  /** A condition's name, or an expression of condition functions; null where it is always there. */
  readonly condition: Expression;
  /** The id of a thing that is there already and is not managed. */
  readonly externalId: Expression;
  readonly description: string;
  /** `resources.<name>` */
  readonly path: string;
}

export interface OutputDefinition {
  readonly name: string;
  readonly description: string | null;
  readonly value: Expression;
  readonly condition: Expression;
  readonly path: string;
}

export interface ParameterGroup {
  readonly label: string | null;
  readonly description: string | null;
  readonly parameters: readonly string[];
}

/** A template that keeps its version's rules. What needs parameters, resource types or a cloud is not checked yet. */
export interface Template {
  readonly kind: 'hot' | 'cfn';
  /** The date: aliases are resolved. */
  readonly version: string;
  /** 'No description' where none is given. */
  readonly description: string;
  readonly parameters: ReadonlyMap<string, ParameterSchema>;
  readonly parameterGroups: readonly ParameterGroup[];
  /** In the template's order. */
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
  readonly conditions: ReadonlyMap<string, Expression>;
  /** CFN's `Mappings`. */
  readonly mappings: { readonly [map: string]: Json };
  /** As it was given. */
  readonly source: Json;
}

export type { ExpressionMap };
