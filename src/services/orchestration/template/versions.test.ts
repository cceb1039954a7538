import { expect, it } from 'vitest';
import { templateFunctions, templateVersions, VERSIONS } from './versions.ts';

const names = (version: string, withConditions = false) =>
  templateFunctions(version, { withConditions })?.map(({ functions }) => functions);

it('lists all versions with their aliases', () => {
  const versions = templateVersions();
  expect(versions).toHaveLength(14);
  expect(versions).toContainEqual({
    version: 'heat_template_version.2021-04-16',
    type: 'hot',
    aliases: ['heat_template_version.wallaby'],
  });
  expect(versions).toContainEqual({
    version: 'AWSTemplateFormatVersion.2010-09-09',
    type: 'cfn',
    aliases: [],
  });
});

/** How many functions each version of Heat has. */
it.each([
  ['heat_template_version.2013-05-23', 16],
  ['heat_template_version.2014-10-16', 8],
  ['heat_template_version.2015-04-30', 10],
  ['heat_template_version.2015-10-15', 10],
  ['heat_template_version.2016-04-08', 11],
  ['heat_template_version.2016-10-14', 14],
  ['heat_template_version.ocata', 16],
  ['heat_template_version.pike', 21],
  ['heat_template_version.rocky', 21],
  ['heat_template_version.wallaby', 21],
  ['AWSTemplateFormatVersion.2010-09-09', 12],
  ['HeatTemplateFormatVersion.2012-12-12', 11],
  ['HeatTemplateFormatVersion.2016-10-14', 12],
])('%s has %i functions', (version, count) => {
  expect(names(version)).toHaveLength(count);
});

it('lists the functions of conditions on request, sorted and explained', () => {
  const all = names('heat_template_version.newton', true);
  expect(all).toEqual(expect.arrayContaining(['and', 'equals', 'if', 'not', 'or']));
  expect(all).toEqual(all?.toSorted());
  for (const { description } of templateFunctions('heat_template_version.pike', { withConditions: true }) ??
    [])
    expect(description).toMatch(/\.$/);
});

const HOT = [
  '2013-05-23',
  '2014-10-16',
  '2015-04-30',
  '2015-10-15',
  '2016-04-08',
  '2016-10-14',
  '2017-02-24',
];
const LATER = ['2017-09-01', '2018-03-02', '2018-08-31', '2021-04-16'];

/** As Heat has them: since when, and until before which version. */
it.each<[since: string, names: readonly string[], until?: string]>([
  ['2013-05-23', ['get_param', 'get_resource', 'get_attr', 'get_file', 'resource_facade']],
  ['2013-05-23', ['str_replace', 'list_join']],
  ['2013-05-23', ['Ref', 'Fn::GetAZs', 'Fn::Join', 'Fn::Split', 'Fn::Replace', 'Fn::Base64'], '2014-10-16'],
  ['2013-05-23', ['Fn::MemberListToMap', 'Fn::ResourceFacade'], '2014-10-16'],
  ['2013-05-23', ['Fn::Select'], '2015-10-15'],
  ['2015-04-30', ['digest', 'repeat']],
  ['2015-10-15', ['str_split']],
  ['2016-04-08', ['map_merge']],
  ['2016-10-14', ['yaql', 'map_replace', 'if']],
  ['2017-02-24', ['filter', 'str_replace_strict']],
  ['2017-09-01', ['make_url', 'list_concat', 'list_concat_unique', 'contains', 'str_replace_vstrict']],
])('since %s templates may say %j', (since, functions, until = '9') => {
  for (const version of [...HOT, ...LATER]) {
    const known = names(`heat_template_version.${version}`) ?? [];
    const there = functions.filter((name) => known.includes(name));
    expect(there, version).toEqual(version >= since && version < until ? functions : []);
  }
});

it.each([
  ['heat_template_version.2016-10-14', ['and', 'equals', 'get_param', 'not', 'or']],
  ['heat_template_version.ocata', ['and', 'equals', 'get_param', 'not', 'or']],
  ['heat_template_version.2018-03-02', ['and', 'contains', 'equals', 'get_param', 'not', 'or', 'yaql']],
  ['heat_template_version.wallaby', ['and', 'contains', 'equals', 'get_param', 'not', 'or', 'yaql']],
  [
    'AWSTemplateFormatVersion.2010-09-09',
    ['Fn::And', 'Fn::Equals', 'Fn::FindInMap', 'Fn::Not', 'Fn::Or', 'Ref'],
  ],
])('%s has %j for conditions', (version, functions) => {
  const found = VERSIONS.find(({ key, date, alias = date }) =>
    [`${key}.${date}`, `${key}.${alias}`].includes(version),
  );
  expect(Object.keys(found?.conditionFunctions ?? {}).toSorted()).toEqual(functions);
});

it('knows no other versions', () => {
  expect(names('heat_template_version.2099-01-01')).toBeUndefined();
  expect(names('heat_template_version.undefined')).toBeUndefined();
});
