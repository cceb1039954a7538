import { notFound, type CloudError } from '#kernel/errors.ts';

export interface VolumeType {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly qosSpecsId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The type of volumes that name none. It is always there. */
export const DEFAULT_TYPE = '__DEFAULT__';

const TRUE = /^<is>\s+true$/i;

export const allowsMultiattach = ({ extraSpecs }: Pick<VolumeType, 'extraSpecs'>): boolean =>
  TRUE.test(extraSpecs['multiattach'] ?? '');

export const typeNotFound = (id: string): CloudError => notFound(`Volume type ${id} could not be found.`);
