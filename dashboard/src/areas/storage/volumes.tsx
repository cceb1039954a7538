import {
  IconArrowsExchange,
  IconArrowsMaximize,
  IconDeviceFloppy,
  IconPencil,
  IconUpload,
} from '@tabler/icons-react';
import { Link } from 'wouter';
import { can, type VolumeAction } from '../../../../src/services/volume/model/states.ts';
import { useText } from '../../messages/messages.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { Action, ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn } from '../../resources/rest.tsx';
import { VOLUMES } from './places.ts';
import {
  actOnVolume,
  CreateVolume,
  EditVolume,
  ExtendVolume,
  RetypeVolume,
  UploadVolume,
} from './volume-forms.tsx';

const PATH = '/volumes';

export interface Volume {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly size: number;
  readonly volume_type: string | null;
  readonly bootable: string;
  readonly encrypted: boolean;
  readonly snapshot_id: string | null;
  readonly source_volid: string | null;
  readonly created_at: string;
  readonly attachments: readonly { readonly server_id: string | null; readonly device: string | null }[];
}

const refusedIn =
  (action: VolumeAction) =>
  ({ status }: Volume): string | undefined =>
    (can[action] as readonly string[]).includes(status) ? undefined : status;

const isBootable = ({ bootable }: Volume): boolean => bootable === 'true';

const setBootable: Action<Volume> = {
  title: 'volume.bootable',
  icon: <IconDeviceFloppy size={15} />,
  run: (caller, volume) =>
    actOnVolume(caller, volume, { 'os-set_bootable': { bootable: !isBootable(volume) } }),
};

/** What it is attached to: workloads have their pages. */
function UsedBy({ item: { attachments } }: { readonly item: Volume }) {
  return attachments.map(({ server_id: id, device }) => (
    <div key={`${id} ${device}`}>
      {id !== null && <Link href={`/containers/${id}`}>{id.slice(0, 8)}</Link>}{' '}
      <span className="mono quiet">{device}</span>
    </div>
  ));
}

function VolumeFacts({ item }: { readonly item: Volume }) {
  const text = useText();
  const { snapshot_id: snapshot, source_volid: source } = item;
  return (
    <Panel title={text('workload.overview')}>
      <Facts
        facts={[
          [text('column.state'), <State state={item.status} />],
          [text('column.description'), item.description],
          [text('volume.size'), item.size],
          [text('volume.type'), item.volume_type],
          [text('volume.usedBy'), item.attachments.length > 0 && <UsedBy item={item} />],
          [text('volume.bootable'), isBootable(item) ? '✓' : ''],
          [text('volume.encrypted'), item.encrypted ? '✓' : ''],
          [text('volume.ofSnapshot'), snapshot && <Link href={`/snapshots/${snapshot}`}>{snapshot}</Link>],
          [text('copy.volume'), source && <Link href={`${PATH}/${source}`}>{source}</Link>],
          [text('column.created'), <Time at={item.created_at} />],
          [text('column.id'), <span className="mono">{item.id}</span>],
        ]}
      />
    </Panel>
  );
}

export const volumes: ResourceDefinition<Volume> = {
  kind: 'volume',
  path: PATH,
  title: 'page.volumes',
  ...restVerbs<Volume>(VOLUMES),
  name: ({ name, id }) => name || id,
  create: CreateVolume,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    { title: 'volume.size', width: '100px', text: ({ size }) => size, cell: ({ size }) => size },
    textColumn('volume.type', '130px', ({ volume_type: type }) => type ?? ''),
    {
      title: 'volume.usedBy',
      width: '1fr',
      text: ({ attachments }) => attachments.map(({ server_id: id }) => id ?? '').join(', '),
      cell: (item) => <UsedBy item={item} />,
    },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  forms: [
    { title: 'action.edit', icon: <IconPencil size={15} />, show: EditVolume },
    {
      title: 'volume.extend',
      icon: <IconArrowsMaximize size={15} />,
      refusedIn: refusedIn('extend-attached'),
      show: ExtendVolume,
    },
    {
      title: 'volume.retype',
      icon: <IconArrowsExchange size={15} />,
      refusedIn: refusedIn('retype'),
      show: RetypeVolume,
    },
    {
      title: 'volume.upload',
      icon: <IconUpload size={15} />,
      refusedIn: refusedIn('force-upload'),
      show: UploadVolume,
    },
  ],
  actions: [setBootable, restDelete(VOLUMES, refusedIn('delete'))],
  tabs: [{ name: 'overview', title: 'workload.overview', show: VolumeFacts }],
};
