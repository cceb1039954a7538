import type { PolicyRule } from '#kernel/policy/policy.ts';

const ADMIN = 'rule:admin';
const READER = 'rule:reader';
const KINDS = [
  ['object', 'objects', 'delete'],
  ['property', 'properties', 'remove'],
  ['tag', 'tags', 'delete'],
] as const;

/** Definitions are the administrators' to write, and everybody's to read who may see their namespace. */
export const metadefPolicy: readonly PolicyRule[] = [
  { name: 'get_metadef_namespaces', check: READER, doc: 'List namespaces of metadata definitions.' },
  { name: 'get_metadef_namespace', check: READER, doc: 'Show a namespace.' },
  { name: 'add_metadef_namespace', check: ADMIN, doc: 'Create a namespace.' },
  { name: 'modify_metadef_namespace', check: ADMIN, doc: 'Change a namespace.' },
  { name: 'delete_metadef_namespace', check: ADMIN, doc: 'Delete a namespace.' },
  { name: 'list_metadef_resource_types', check: READER, doc: 'List kinds of resources.' },
  {
    name: 'get_metadef_resource_type',
    check: READER,
    doc: 'See which kinds of resources a namespace is for.',
  },
  {
    name: 'add_metadef_resource_type_association',
    check: ADMIN,
    doc: 'Say that a namespace is for a kind of resource.',
  },
  { name: 'remove_metadef_resource_type_association', check: ADMIN, doc: 'Take that back.' },
  { name: 'add_metadef_tags', check: ADMIN, doc: 'Create many tags of a namespace.' },
  ...KINDS.flatMap(([one, many, remove]) => [
    { name: `get_metadef_${many}`, check: READER, doc: `List the ${many} of a namespace.` },
    { name: `get_metadef_${one}`, check: READER, doc: `Show one of the ${many} of a namespace.` },
    { name: `add_metadef_${one}`, check: ADMIN, doc: `Add to the ${many} of a namespace.` },
    { name: `modify_metadef_${one}`, check: ADMIN, doc: `Change one of the ${many} of a namespace.` },
    { name: `${remove}_metadef_${one}`, check: ADMIN, doc: `Delete from the ${many} of a namespace.` },
  ]),
];
