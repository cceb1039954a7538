import { defineService, type Service } from '#kernel/http/service.ts';
import { aodhFaults } from './faults.ts';
import { createAlarms } from './migrations/0001-alarms.ts';
import { alarmPolicy } from './policy.ts';
import { watchAlarms } from './reconcile.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { settingRoutes } from './routes/settings.ts';
import { AlarmService } from './service/alarms.ts';
import type { AlarmDeps } from './service/deps.ts';

/** Aodh v2. */
export function createAlarmService(deps: AlarmDeps): Service {
  const alarms = new AlarmService(deps);
  return defineService({
    name: 'alarm',
    prefix: '/alarming',
    catalog: { types: ['alarming', 'alarm'], name: 'aodh', path: '/alarming' },
    faults: aodhFaults,
    policy: alarmPolicy,
    routes: [...settingRoutes(alarms), ...alarmRoutes(alarms)],
    migrations: [createAlarms],
    reconcilers: watchAlarms(deps),
  });
}
