import type { PolicyRule } from '#kernel/policy/policy.ts';
import { metadefPolicy } from './metadef-policy.ts';

const MEMBER = 'rule:member';
const VISIBLE = 'rule:reader';

/** Names and defaults as Glance's policy files have them. Targets carry `project_id` of the image's owner. */
export const imagePolicy: readonly PolicyRule[] = [
  { name: 'add_image', check: MEMBER, doc: 'Create an image.' },
  { name: 'get_image', check: VISIBLE, doc: 'Show an image that the visibility rules let the caller see.' },
  { name: 'get_images', check: VISIBLE, doc: 'List images.' },
  { name: 'modify_image', check: MEMBER, doc: 'Change attributes, tags and properties.' },
  { name: 'delete_image', check: MEMBER, doc: 'Delete an image.' },
  { name: 'publicize_image', check: 'rule:admin', doc: 'Make an image public.' },
  { name: 'communitize_image', check: MEMBER, doc: 'Make an image a community image.' },
  { name: 'upload_image', check: MEMBER, doc: "Store an image's data." },
  { name: 'download_image', check: VISIBLE, doc: "Read an image's data." },
  { name: 'deactivate', check: MEMBER, doc: 'Stop downloads of an image.' },
  { name: 'reactivate', check: MEMBER, doc: 'Allow downloads again.' },
  { name: 'add_member', check: MEMBER, doc: 'Share an image with a project.' },
  { name: 'get_members', check: VISIBLE, doc: 'List whom an image is shared with.' },
  { name: 'modify_member', check: MEMBER, doc: 'Accept or reject an image shared with the own project.' },
  { name: 'delete_member', check: MEMBER, doc: 'Stop sharing an image with a project.' },
  { name: 'copy_image', check: 'rule:admin', doc: 'Copy the data of an image to other stores.' },
  {
    name: 'delete_image_location',
    check: MEMBER,
    doc: 'Take the data of an image out of one of several stores.',
  },
  { name: 'get_image_tasks', check: VISIBLE, doc: 'List the imports of an image.' },
  { name: 'tasks_api_access', check: 'rule:admin', doc: 'See the imports of everybody.' },
  { name: 'stores_info_detail', check: 'rule:admin', doc: 'See how stores are set up.' },
  { name: 'fetch_image_location', check: 'rule:admin', doc: 'See where the data of an image is kept.' },
  ...metadefPolicy,
];
