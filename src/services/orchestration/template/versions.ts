import * as choice from './functions/choice.ts';
import type { IntrinsicFunction } from './functions/function.ts';
import * as lists from './functions/lists-and-maps.ts';
import { makeUrl } from './functions/make-url.ts';
import * as reference from './functions/references.ts';
import { repeat, repeatMaps, repeatSideBySide } from './functions/repeat.ts';
import * as text from './functions/text.ts';
import { yaql } from './functions/yaql.ts';
import { CFN_WORDS, HOT_WORDS, type Words } from './words.ts';

type Functions = { readonly [name: string]: IntrinsicFunction };

/** One version of the template language. */
export interface Version {
  readonly kind: 'hot' | 'cfn';
  /** The section that says the version. */
  readonly key: string;
  readonly date: string;
  /** The release's name, where templates may say that instead. */
  readonly alias?: string;
  readonly words: Words;
  readonly functions: Functions;
  /** Earlier versions had these: an error says so. */
  readonly removed: readonly string[];
  /** What conditions are made of; null where there are none. */
  readonly conditionFunctions: Functions | null;
  readonly parameters: { readonly modulo: boolean; readonly tags: boolean };
}

const HOT_2013: Functions = {
  get_param: reference.getParam,
  get_resource: reference.getResource,
  get_attr: reference.getAttr,
  get_file: reference.getFile,
  resource_facade: reference.resourceFacade,
  str_replace: text.strReplaceText,
  list_join: text.join,
  Ref: reference.refResource,
  'Fn::GetAZs': lists.fnGetAzs,
  'Fn::Select': lists.fnSelect,
  'Fn::Join': text.join,
  'Fn::Split': text.fnSplit,
  'Fn::Replace': text.fnReplace,
  'Fn::Base64': text.fnBase64,
  'Fn::MemberListToMap': lists.fnMemberListToMap,
  'Fn::ResourceFacade': reference.fnResourceFacade,
};

const without = (functions: Functions, names: readonly string[]): Functions =>
  Object.fromEntries(Object.entries(functions).filter(([name]) => !names.includes(name)));

const GONE_2014 = [
  'Ref',
  'Fn::GetAZs',
  'Fn::Join',
  'Fn::Split',
  'Fn::Replace',
  'Fn::Base64',
  'Fn::MemberListToMap',
  'Fn::ResourceFacade',
];
const GONE_2015_10 = [...GONE_2014, 'Fn::Select'];

const HOT_2014 = without(HOT_2013, GONE_2014);
const HOT_2015_04: Functions = { ...HOT_2014, digest: text.digest, repeat };
const HOT_2015_10: Functions = {
  ...without(HOT_2015_04, GONE_2015_10),
  get_attr: reference.getAttrOrAll,
  str_replace: text.strReplace,
  list_join: text.joinLists,
  str_split: text.strSplit,
};
const HOT_2016_04: Functions = { ...HOT_2015_10, map_merge: lists.mapMerge };
const HOT_2016_10: Functions = {
  ...HOT_2016_04,
  repeat: repeatMaps,
  yaql,
  map_replace: lists.mapReplace,
  if: choice.ifElse,
};
const HOT_2017_02: Functions = {
  ...HOT_2016_10,
  filter: lists.filter,
  str_replace_strict: text.strReplaceStrict,
};
const HOT_2017_09: Functions = {
  ...HOT_2017_02,
  repeat: repeatSideBySide,
  make_url: makeUrl,
  list_concat: lists.listConcat,
  list_concat_unique: lists.listConcatUnique,
  contains: lists.contains,
  str_replace_vstrict: text.strReplaceVeryStrict,
};
const HOT_2021: Functions = { ...HOT_2017_09, if: choice.ifOptional };

const CONDITIONS_2016: Functions = {
  get_param: reference.getParam,
  equals: choice.equals,
  not: choice.not,
  and: choice.and,
  or: choice.or,
};
const CONDITIONS_2017: Functions = { ...CONDITIONS_2016, yaql, contains: lists.contains };

const CFN_2010: Functions = {
  Ref: reference.refResource,
  'Fn::FindInMap': lists.fnFindInMap,
  'Fn::GetAZs': lists.fnGetAzs,
  'Fn::GetAtt': reference.fnGetAtt,
  'Fn::Select': lists.fnSelect,
  'Fn::Join': text.join,
  'Fn::Split': text.fnSplit,
  'Fn::Replace': text.fnReplace,
  'Fn::Base64': text.fnBase64,
  'Fn::MemberListToMap': lists.fnMemberListToMap,
  'Fn::ResourceFacade': reference.fnResourceFacade,
  'Fn::If': choice.ifElse,
};
const CFN_CONDITIONS: Functions = {
  Ref: reference.refParameter,
  'Fn::FindInMap': lists.fnFindInMap,
  'Fn::Equals': choice.equals,
  'Fn::Not': choice.fnNot,
  'Fn::And': choice.and,
  'Fn::Or': choice.or,
};

type Hot = Partial<Pick<Version, 'alias' | 'removed' | 'conditionFunctions' | 'parameters'>>;

const hot = (date: string, functions: Functions, more: Hot): Version => ({
  kind: 'hot',
  key: 'heat_template_version',
  date,
  words: HOT_WORDS,
  functions,
  removed: GONE_2015_10,
  conditionFunctions: null,
  parameters: { modulo: false, tags: false },
  ...more,
});

const cfn = (key: string, date: string, { conditions }: { conditions: boolean }): Version => ({
  kind: 'cfn',
  key,
  date,
  words: CFN_WORDS,
  functions: conditions ? CFN_2010 : without(CFN_2010, ['Fn::If']),
  removed: [],
  conditionFunctions: conditions ? CFN_CONDITIONS : null,
  parameters: { modulo: false, tags: false },
});

const MODULO = { modulo: true, tags: false };
const TAGS = { modulo: true, tags: true };

/** Every version that templates may say, in order. */
export const VERSIONS: readonly Version[] = [
  cfn('AWSTemplateFormatVersion', '2010-09-09', { conditions: true }),
  cfn('HeatTemplateFormatVersion', '2012-12-12', { conditions: false }),
  cfn('HeatTemplateFormatVersion', '2016-10-14', { conditions: true }),
  hot('2013-05-23', HOT_2013, { removed: [] }),
  hot('2014-10-16', HOT_2014, { removed: GONE_2014 }),
  hot('2015-04-30', HOT_2015_04, { removed: GONE_2014 }),
  hot('2015-10-15', HOT_2015_10, {}),
  hot('2016-04-08', HOT_2016_04, {}),
  hot('2016-10-14', HOT_2016_10, { alias: 'newton', conditionFunctions: CONDITIONS_2016 }),
  hot('2017-02-24', HOT_2017_02, {
    alias: 'ocata',
    conditionFunctions: CONDITIONS_2016,
    parameters: MODULO,
  }),
  hot('2017-09-01', HOT_2017_09, { alias: 'pike', conditionFunctions: CONDITIONS_2017, parameters: MODULO }),
  hot('2018-03-02', HOT_2017_09, { alias: 'queens', conditionFunctions: CONDITIONS_2017, parameters: TAGS }),
  hot('2018-08-31', HOT_2017_09, { alias: 'rocky', conditionFunctions: CONDITIONS_2017, parameters: TAGS }),
  hot('2021-04-16', HOT_2021, { alias: 'wallaby', conditionFunctions: CONDITIONS_2017, parameters: TAGS }),
];

/** As `GET /template_versions` lists them. */
export const templateVersions = () =>
  VERSIONS.map(({ key, date, kind, alias }) => ({
    version: `${key}.${date}`,
    type: kind,
    aliases: alias === undefined ? [] : [`${key}.${alias}`],
  }));

/**
 * As `GET /template_versions/{version}/functions` lists them, by name; undefined for a version that there is not.
 * @param name `heat_template_version.2016-10-14`, or with the alias.
 */
export function templateFunctions(
  name: string,
  { withConditions }: { withConditions: boolean },
): readonly { functions: string; description: string }[] | undefined {
  const found = VERSIONS.find(({ key, date, alias }) => {
    const names = alias === undefined ? [date] : [date, alias];
    return names.some((one) => `${key}.${one}` === name);
  });
  if (found === undefined) return undefined;
  const all = withConditions ? { ...found.functions, ...found.conditionFunctions } : found.functions;
  return Object.entries(all)
    .map(([functions, { doc }]) => ({ functions, description: doc }))
    .toSorted((left, right) => (left.functions < right.functions ? -1 : 1));
}
