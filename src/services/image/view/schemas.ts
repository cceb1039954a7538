import { CONTAINER_FORMATS, DISK_FORMATS } from '../model/image.ts';

/** The JSON Schema documents that Glance serves; glanceclient reads them before it writes. */
const text = (description: string, extra: object = {}) => ({ type: 'string', description, ...extra });
const readOnly = (description: string, type: string | string[] = 'string') => ({
  type,
  description,
  readOnly: true,
});

const image = {
  name: 'image',
  properties: {
    id: text('An identifier for the image', {
      pattern: '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$',
    }),
    name: { type: ['null', 'string'], description: 'Descriptive name for the image', maxLength: 255 },
    status: {
      ...readOnly('Status of the image'),
      enum: ['queued', 'saving', 'uploading', 'importing', 'active', 'deactivated'],
    },
    visibility: text('Scope of image accessibility', { enum: ['community', 'public', 'private', 'shared'] }),
    protected: { type: 'boolean', description: 'If true, image will not be deletable.' },
    os_hidden: {
      type: 'boolean',
      description: 'If true, image will not appear in default image list response.',
    },
    checksum: { ...readOnly('md5 hash of image contents.', ['null', 'string']), maxLength: 32 },
    os_hash_algo: {
      ...readOnly('Algorithm to calculate the os_hash_value', ['null', 'string']),
      maxLength: 64,
    },
    os_hash_value: { ...readOnly('Hexdigest of the image contents', ['null', 'string']), maxLength: 128 },
    owner: { type: ['null', 'string'], description: 'Owner of the image', maxLength: 255 },
    size: readOnly('Size of image file in bytes', ['null', 'integer']),
    virtual_size: readOnly('Virtual size of image in bytes', ['null', 'integer']),
    container_format: {
      type: ['null', 'string'],
      description: 'Format of the container',
      enum: [null, ...CONTAINER_FORMATS],
    },
    disk_format: {
      type: ['null', 'string'],
      description: 'Format of the disk',
      enum: [null, ...DISK_FORMATS],
    },
    created_at: readOnly('Date and time of image registration'),
    updated_at: readOnly('Date and time of the last image modification'),
    tags: {
      type: 'array',
      description: 'List of strings related to the image',
      items: { type: 'string', maxLength: 255 },
    },
    min_ram: { type: 'integer', description: 'Amount of ram (in MB) required to boot image.' },
    min_disk: { type: 'integer', description: 'Amount of disk space (in GB) required to boot image.' },
    self: readOnly('URL of the image'),
    file: readOnly('URL of the image file'),
    schema: readOnly('URL of the schema'),
  },
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const member = {
  name: 'member',
  properties: {
    created_at: text('Date and time of image member creation'),
    image_id: text('An identifier for the image'),
    member_id: text('An identifier for the image member (project id)'),
    status: text('The status of this image member', { enum: ['pending', 'accepted', 'rejected'] }),
    updated_at: text('Date and time of last modification of image member'),
    schema: { type: 'string', readOnly: true },
  },
};

const collection = (name: string, item: object) => ({
  name,
  properties: {
    [name]: { type: 'array', items: item },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { rel: 'first', href: '{first}' },
    { rel: 'next', href: '{next}' },
    { rel: 'describedby', href: '{schema}' },
  ],
});

const task = {
  name: 'task',
  properties: {
    id: text('An identifier for the task'),
    type: text('The type of task', { enum: ['import', 'api_image_import'] }),
    status: text('The current status of this task', {
      enum: ['pending', 'processing', 'success', 'failure'],
    }),
    input: { type: ['null', 'object'], description: 'The parameters required by task' },
    result: { type: ['null', 'object'], description: 'The result of current task' },
    owner: text('An identifier for the owner of this task'),
    message: text('Human-readable informative message only included when appropriate'),
    image_id: text('Image associated with the task'),
    request_id: text('Human-readable informative request-id'),
    user_id: text('User associated with the task'),
    expires_at: text('When the task is forgotten'),
    created_at: text('Datetime when this resource was created'),
    updated_at: text('Datetime when this resource was updated'),
    self: readOnly('URL of the task'),
    schema: readOnly('URL of the schema'),
  },
};

export const schemaDocuments: Readonly<Record<string, object>> = {
  image,
  images: collection('images', image),
  member,
  members: collection('members', member),
  task,
  tasks: collection('tasks', task),
};
