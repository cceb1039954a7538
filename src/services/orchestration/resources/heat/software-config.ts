import { stringify } from 'yaml';
import { isUuid } from '#kernel/ids.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';

import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { Things, type Collection } from '../rest/collection.ts';
import type { Fields } from '../rest/field.ts';
import { flag, listOf, map, mapOf, NEEDED, oneOf, text } from '../rest/fields.ts';
import { restType } from '../rest/rest-type.ts';

/** Heat's own API keeps them. */
const CONFIGS: Collection = {
  service: 'orchestration',
  path: '/software_configs',
  list: 'software_configs',
  member: 'software_config',
  sentBare: true,
  change: 'PUT',
  born: 'creation_time',
};

const IO = {
  name: text('Its name.', NEEDED),
  description: text('Any text.'),
  type: oneOf(['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'], 'What kind of value it is.', {
    default: 'String',
  }),
};

const FIELDS: Fields = {
  group: text('What carries it out.', { default: 'Heat::Ungrouped' }),
  options: map('What is told to whatever carries it out.'),
  inputs: listOf(
    mapOf({
      ...IO,
      default: { type: 'any', description: 'The value where none is given.' },
      replace_on_change: flag('Whether another value replaces the deployment.', { default: false }),
    }),
    'What it has to be given.',
  ),
  outputs: listOf(
    mapOf({ ...IO, error_output: flag('Whether it says that something failed.', { default: false }) }),
    'What it tells.',
  ),
};

/** Its own name is all that it is called: templates cannot say another. */
const config = (
  name: string,
  description: string,
  more: Pick<Parameters<typeof restType>[0], 'fields' | 'shape'>,
): ResourceType =>
  restType({
    name,
    description,
    collection: CONFIGS,
    mark: 'name',
    ...more,
    attributes: { config: 'The config value of the software config.' },
  });

export const softwareConfig = config('OS::Heat::SoftwareConfig', 'A text that configures software.', {
  fields: { ...FIELDS, config: text('The text.') },
});

export const structuredConfig = config('OS::Heat::StructuredConfig', 'A map that configures software.', {
  fields: { ...FIELDS, config: map('The map.') },
});

const PART = {
  actions: listOf(
    oneOf(['CREATE', 'UPDATE', 'DELETE', 'SUSPEND', 'RESUME'], ''),
    'The actions in which it is carried out.',
    NEEDED,
  ),
  config: text('The text.'),
  tool: text('What carries it out.', NEEDED),
};

const { group: _, ...COMPONENT } = FIELDS;

export const softwareComponent = config(
  'OS::Heat::SoftwareComponent',
  'Texts for the actions of a stack in one.',
  {
    fields: { ...COMPONENT, configs: listOf(mapOf(PART), 'The texts.', { ...NEEDED, wire: null }) },
    shape: (body, { properties }) => ({
      ...body,
      group: 'component',
      config: { configs: properties['configs'] ?? [] },
    }),
  },
);

export const cloudConfig = config('OS::Heat::CloudConfig', 'What cloud-init is told.', {
  fields: { cloud_config: map('The map.', { wire: null }) },
  shape: (body, { properties }) => ({
    ...body,
    group: 'Heat::Ungrouped',
    config: `#cloud-config\n${stringify(properties['cloud_config'] ?? {})}`,
  }),
});

export const multipartMime = config('OS::Heat::MultipartMime', 'Several texts for cloud-init in one.', {
  fields: {
    parts: listOf(
      mapOf({
        config: text('The text, or the id of a software config.', NEEDED),
        filename: text('What the file is called.'),
        type: oneOf(['text', 'multipart'], 'Whether it is one text or several in one.', { default: 'text' }),
        subtype: text('What kind of text it is.'),
      }),
      'The texts.',
      { wire: null },
    ),
    group: text('What carries it out.', { default: 'Heat::Ungrouped' }),
  },
  shape: async (body, run) => ({ ...body, config: await mimeOf(run) }),
});

/** The boundary is the resource's own: the same text each time, so that it finds itself again. */
async function mimeOf({ properties, cloud, resource }: ResourceRun): Promise<string> {
  const parts = (properties['parts'] ?? []) as readonly JsonMap[];
  const boundary = `===============${resource.id}==`;
  const contents = await Promise.all(parts.map((part) => contentOf(part, cloud)));
  const written = parts.map((part, at) => partText(part, contents[at] ?? ''));
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...written.flatMap((one) => [`--${boundary}`, one]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

async function contentOf({ config: given }: JsonMap, cloud: ResourceRun['cloud']): Promise<string> {
  const said = textOf(given);
  if (!isUuid(said)) return said;
  const known: Json | undefined = (await new Things(cloud, CONFIGS).get(said))['config'];
  return textOf(known ?? '');
}

/** What is several in one already stands as it is. */
function partText({ type, subtype, filename }: JsonMap, content: string): string {
  if (type === 'multipart') return content;
  const disposition =
    filename === undefined ? [] : [`Content-Disposition: attachment; filename="${textOf(filename)}"`];
  return [
    `Content-Type: text/${textOf(subtype ?? subtypeOf(content))}; charset="utf-8"`,
    'MIME-Version: 1.0',
    ...disposition,
    '',
    content,
  ].join('\n');
}

/** As cloud-init tells texts apart. */
const subtypeOf = (content: string): string =>
  content.startsWith('#!') ? 'x-shellscript' : content.startsWith('#cloud-config') ? 'cloud-config' : 'plain';
