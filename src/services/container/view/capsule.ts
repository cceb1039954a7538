import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { capsuleReason, capsuleStatus, isInit, type CapsuleWithMembers } from '../model/capsule.ts';
import type { Container } from '../model/container.ts';
import { statusDetail } from '../model/status-detail.ts';
import { addressesView, lastingView, timeView, type Viewer } from './container.ts';

const RENAMED_SINCE = '1.32';

/** A capsule as Zun shows it, by the names of the version. */
export function capsuleView(whole: CapsuleWithMembers, viewer: Viewer, version: Microversion) {
  const shown = { ...commonView(whole, viewer), ...linksView(whole.capsule.id, viewer.base) };
  const { name, settings } = whole.capsule;
  const { labels, restartPolicy } = settings;
  if (isAtLeast(version, RENAMED_SINCE))
    return {
      ...shown,
      name,
      labels,
      restart_policy: {
        Name: restartPolicy.name,
        MaximumRetryCount: String(restartPolicy.maximumRetryCount),
      },
    };
  return {
    ...shown,
    meta_name: name,
    meta_labels: labels,
    restart_policy: restartPolicy.name,
    volumes_info: {},
    containers_uuids: uuidsOf(whole.members),
    init_containers_uuids: uuidsOf(whole.members.filter(isInit)),
    capsule_version: '',
  };
}

function commonView(whole: CapsuleWithMembers, { seesAll, now }: Viewer) {
  const { capsule, members } = whole;
  const memberView = (member: Container) => ({
    ...lastingView(member, seesAll),
    status_detail: statusDetail(member, now),
  });
  return {
    uuid: capsule.id,
    user_id: capsule.userId,
    project_id: capsule.projectId,
    created_at: timeView(capsule.createdAt),
    updated_at: timeView(capsule.updatedAt),
    addresses: addressesView(capsule),
    status: capsuleStatus(whole),
    status_reason: capsuleReason(whole),
    annotations: capsule.settings.annotations,
    cpu: capsule.settings.cpu,
    memory: String(capsule.settings.memory),
    containers: members.filter((member) => !isInit(member)).map(memberView),
    init_containers: members.filter(isInit).map(memberView),
    ...(seesAll && { host: capsule.host }),
  };
}

const linksView = (id: string, base: string) => ({
  links: [
    { rel: 'self', href: `${base}/v1/capsules/${id}` },
    { rel: 'bookmark', href: `${base}/capsules/${id}` },
  ],
});

const uuidsOf = (members: readonly Container[]): string[] => members.map(({ id }) => id);
