import { CloudError } from '#kernel/errors.ts';

export type ImportMethod =
  | { readonly name: 'glance-direct' }
  | { readonly name: 'copy-image' }
  | { readonly name: 'web-download'; readonly uri: string };

/** What an import is to do, as it was asked. */
export interface ImportRequest {
  readonly method: ImportMethod;
  readonly stores: readonly string[];
  /** Whether one store that fails makes it fail. */
  readonly allMustSucceed: boolean;
}

/** An import as users see it: Glance's task. The work itself is a task of the kernel. */
export interface ImageTask {
  readonly id: string;
  readonly type: 'api_image_import' | 'import';
  readonly status: 'pending' | 'processing' | 'success' | 'failure';
  readonly imageId: string;
  /** Project id. */
  readonly owner: string;
  readonly userId: string;
  readonly requestId: string;
  /** As it came over the wire. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What it does now, or why it failed. */
  readonly message: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string | null;
}

export const taskNotFound = (id: string): CloudError =>
  new CloudError('not-found', `No task found with ID ${id}.`);
