import { isAtLeast } from '#kernel/microversion.ts';
import type { Transfer } from '../model/transfer.ts';
import { linksTo, wireTime, type Viewer } from './common.ts';

export const transferBriefView = ({ id, name, volumeId }: Transfer, viewer: Viewer) => ({
  id,
  name,
  volume_id: volumeId,
  links: linksTo(viewer, `os-volume-transfer/${id}`),
});

export function transferView(transfer: Transfer, viewer: Viewer) {
  const since = (version: string) => isAtLeast(viewer.ctx.microversion, version);
  return {
    ...transferBriefView(transfer, viewer),
    created_at: wireTime(transfer.createdAt),
    ...(since('3.55') && { no_snapshots: transfer.noSnapshots }),
    ...(since('3.57') && {
      source_project_id: transfer.projectId,
      destination_project_id: null,
      accepted: false,
    }),
  };
}
