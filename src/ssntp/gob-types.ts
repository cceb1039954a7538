/**
 * Go's gob encoding, as far as SSNTP needs it: structs of integers, byte strings, arrays, slices and values that encode
 * themselves. A type is described on the wire before its first value, and fields are matched by name.
 */
export type GobType =
  | { readonly kind: 'bool' | 'int' | 'uint' | 'float' | 'bytes' | 'string' }
  | {
      readonly kind: 'array';
      readonly id: number;
      readonly name: string;
      readonly elem: GobType;
      readonly length: number;
    }
  | { readonly kind: 'slice'; readonly id: number; readonly name: string; readonly elem: GobType }
  | GobStruct
  /** A Go type with its own binary form (time.Time): its bytes are ours to read. */
  | { readonly kind: 'opaque'; readonly id: number; readonly name: string };

export interface GobStruct {
  readonly kind: 'struct';
  readonly id: number;
  readonly name: string;
  readonly fields: readonly GobField[];
}

export interface GobField {
  readonly name: string;
  readonly type: GobType;
}

/** A decoded or encodable value. A field that is absent holds its zero value. */
export type GobValue = boolean | number | bigint | string | Uint8Array | readonly GobValue[] | GobRecord;

export interface GobRecord {
  readonly [field: string]: GobValue | undefined;
}

export const BOOL: GobType = { kind: 'bool' };
export const INT: GobType = { kind: 'int' };
export const UINT: GobType = { kind: 'uint' };
export const FLOAT: GobType = { kind: 'float' };
export const BYTES: GobType = { kind: 'bytes' };
export const STRING: GobType = { kind: 'string' };

/** Ids of the types that every gob stream knows; described types begin above 64. */
export const BASIC_TYPES = [
  [1, BOOL],
  [2, INT],
  [3, UINT],
  [4, FLOAT],
  [5, BYTES],
  [6, STRING],
] as const;

export const typeId = (type: GobType): number =>
  'id' in type ? type.id : (BASIC_TYPES.find(([, basic]) => basic.kind === type.kind)?.[0] ?? 0);

export const gobStruct = (
  id: number,
  name: string,
  fields: Readonly<Record<string, GobType>>,
): GobStruct => ({
  kind: 'struct',
  id,
  name,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});

const COMMON = gobStruct(17, 'CommonType', { Name: STRING, Id: INT });
const FIELD = gobStruct(19, 'fieldType', { Name: STRING, Id: INT });
const SELF_ENCODED = gobStruct(23, 'gobEncoderType', { CommonType: COMMON });

/** How gob describes a type: itself a gob struct, of which one field is set. */
export const WIRE_TYPE = gobStruct(16, 'wireType', {
  ArrayT: gobStruct(18, 'arrayType', { CommonType: COMMON, Elem: INT, Len: INT }),
  SliceT: gobStruct(21, 'sliceType', { CommonType: COMMON, Elem: INT }),
  StructT: gobStruct(20, 'structType', {
    CommonType: COMMON,
    Field: { kind: 'slice', id: 22, name: '[]fieldType', elem: FIELD },
  }),
  MapT: gobStruct(24, 'mapType', { CommonType: COMMON, Key: INT, Elem: INT }),
  GobEncoderT: SELF_ENCODED,
  BinaryMarshalerT: SELF_ENCODED,
  TextMarshalerT: SELF_ENCODED,
});
