import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { eventsPolicy } from './policy.ts';
import { eventRoutes } from './routes.ts';
import { EventsService, type EventsDeps } from './service.ts';

/** Our own, so no client looks for it in the catalogue. Its tables are the kernel's. */
export const createEventsService = (deps: EventsDeps): Service =>
  defineService({
    name: 'events',
    prefix: '/events',
    catalog: null,
    faults: keystoneFaults,
    policy: eventsPolicy,
    routes: eventRoutes(new EventsService(deps)),
    migrations: [],
    reconcilers: [],
  });
