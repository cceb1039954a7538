import { expect, it } from 'vitest';
import { templateFunctions, templateVersions } from './versions.ts';

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

it('knows no other versions', () => {
  expect(names('heat_template_version.2099-01-01')).toBeUndefined();
  expect(names('heat_template_version.undefined')).toBeUndefined();
});
