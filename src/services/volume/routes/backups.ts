import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { BackupStatus } from '../model/backup.ts';
import { CreateBackup, ImportRecord, ListBackups, RestoreBackup, UpdateBackup } from '../schema/backup.ts';
import { BackupParams } from '../schema/common.ts';
import type { BackupCreation } from '../service/backup-creation.ts';
import type { BackupRecords } from '../service/backup-records.ts';
import type { BackupService } from '../service/backups.ts';
import { backupBriefView, backupView } from '../view/backup.ts';
import { action, actionRoute, Nothing } from './actions.ts';
import { listRoutes } from './list-routes.ts';
import { viewerOf } from './v3.ts';

export interface BackupRouteDeps {
  readonly backups: BackupService;
  readonly creation: BackupCreation;
  readonly records: BackupRecords;
  readonly policy: Policy;
}

export const backupRoutes = (deps: BackupRouteDeps): Route[] => [
  ...collectionRoutes(deps),
  ...recordRoutes(deps),
  ...memberRoutes(deps),
  backupActions(deps),
];

const collectionRoutes = ({ backups, creation, policy }: BackupRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v3/backups',
    name: 'create-backup',
    summary: 'Create a backup of a volume or a snapshot.',
    access: { rule: 'backup:create' },
    body: CreateBackup,
    status: 202,
    async handle(call) {
      const backup = await creation.create(call.ctx, call.body.backup);
      return { backup: backupBriefView(backup, viewerOf(call, policy)) };
    },
  }),
  ...listRoutes({
    path: 'backups',
    rule: 'backup:get_all',
    query: ListBackups,
    policy,
    list: (ctx, query) => backups.list(ctx, query),
    brief: (items, viewer) => items.map((item) => backupBriefView(item, viewer)),
    detail: async (items, viewer) =>
      (await backups.detail(items)).map((detail) => backupView(detail, viewer)),
  }),
];

const recordRoutes = ({ records, policy }: BackupRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v3/backups/:backup/export_record',
    name: 'export-backup-record',
    summary: 'What another cloud over the same store needs to know of a backup.',
    access: { rule: 'backup:backup-export' },
    params: BackupParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ 'backup-record': await records.export(ctx, params.backup) }),
  }),
  route({
    method: 'POST',
    url: '/v3/backups/import_record',
    name: 'import-backup-record',
    summary: 'Take in the record of a backup whose pieces are here.',
    access: { rule: 'backup:backup-import' },
    body: ImportRecord,
    status: 201,
    async handle(call) {
      const backup = await records.import(call.ctx, call.body['backup-record']);
      return { backup: backupBriefView(backup, viewerOf(call, policy)) };
    },
  }),
];

const memberRoutes = ({ backups, policy }: BackupRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v3/backups/:backup',
    name: 'get-backup',
    summary: 'Show a backup.',
    access: { rule: 'backup:get' },
    params: BackupParams,
    status: 200,
    async handle(call) {
      const detail = await backups.show(call.ctx, call.params.backup);
      return { backup: backupView(detail, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/backups/:backup',
    name: 'update-backup',
    summary: 'Change name, description or metadata of a backup.',
    access: { rule: 'backup:update' },
    since: '3.9',
    params: BackupParams,
    body: UpdateBackup,
    status: 200,
    async handle(call) {
      const backup = await backups.update(call.ctx, call.params.backup, call.body.backup);
      return { backup: backupBriefView(backup, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/backups/:backup',
    name: 'delete-backup',
    summary: 'Delete a backup that no other builds upon.',
    access: { rule: 'backup:delete' },
    params: BackupParams,
    status: 202,
    handle: ({ ctx, params }) => backups.delete(ctx, params.backup, false),
  }),
  route({
    method: 'POST',
    url: '/v3/backups/:backup/restore',
    name: 'restore-backup',
    summary: 'Restore a backup to a new volume, or over one.',
    access: { rule: 'backup:restore' },
    params: BackupParams,
    body: RestoreBackup,
    status: 202,
    async handle({ ctx, params, body: { restore } }) {
      const to = { volumeId: restore.volume_id ?? null, name: restore.name ?? null };
      const { id, name } = await backups.restore(ctx, params.backup, to);
      return { restore: { backup_id: params.backup, volume_id: id, volume_name: name } };
    },
  }),
];

const STATUSES = ['creating', 'available', 'deleting', 'restoring', 'error', 'error_deleting'];

const backupActions = ({ backups }: BackupRouteDeps): Route =>
  actionRoute({ path: 'backups', singular: 'backup', rule: 'backup:get' }, [
    action({
      name: 'os-reset_status',
      schema: Type.Object({ status: Type.Union(STATUSES.map((word) => Type.Literal(word))) }),
      handle: ({ ctx }, id, { status }) => backups.resetStatus(ctx, id, status as BackupStatus),
    }),
    action({
      name: 'os-force_delete',
      schema: Nothing,
      handle: ({ ctx }, id) => backups.delete(ctx, id, true),
    }),
  ]);
