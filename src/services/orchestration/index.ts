import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { heatFaults } from './faults.ts';
import { createStacks } from './migrations/0001-stacks.ts';
import { createAroundStacks } from './migrations/0002-around-stacks.ts';
import { createHooks } from './migrations/0003-hooks.ts';
import { createKeptBySignals } from './migrations/0004-kept-by-signals.ts';
import { orchestrationPolicy } from './policy.ts';
import { purgeDeleted } from './reconcile.ts';
import { allTypes, type TypeSettings } from './resources/all-types.ts';
import { ResourceTypes } from './resources/registry.ts';
import { actionRoutes } from './routes/actions.ts';
import { cfnRoutes } from './routes/cfn.ts';
import { contentRoutes } from './routes/contents.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { eventRoutes } from './routes/events.ts';
import { inProject } from './routes/in-project.ts';
import { languageRoutes } from './routes/language.ts';
import { readingLargeTexts } from './routes/large-texts.ts';
import { lookupRoutes } from './routes/lookup.ts';
import { movingRoutes } from './routes/moving.ts';
import { previewRoutes } from './routes/previews.ts';
import { processRoutes } from './routes/processes.ts';
import { resourceRoutes } from './routes/resources.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { softwareRoutes } from './routes/software.ts';
import { stackRoutes } from './routes/stacks.ts';
import { StackActions } from './service/actions.ts';
import type { EngineDeps, OrchestrationDeps } from './service/deps.ts';
import { StackEventService } from './service/events.ts';
import { StackFactsService } from './service/facts.ts';
import { MovingService } from './service/moving.ts';
import { PreviewService } from './service/previews.ts';
import { ResourceService } from './service/resources.ts';
import { SignalService } from './service/signals.ts';
import { SnapshotService } from './service/snapshots.ts';
import { SoftwareService } from './service/software.ts';
import { StackService } from './service/stacks.ts';
import { convergeStack } from './tasks/converge-stack.ts';

/** All that stacks can be made of. */
export const createResourceTypes = (settings: TypeSettings): ResourceTypes =>
  new ResourceTypes(allTypes(settings));

/** What the task runner must know; made before the runner, which the service itself is given. */
export const orchestrationTasks = (deps: EngineDeps): TaskKind<never>[] => [convergeStack(deps)];

export const orchestrationMigrations = [createStacks, createAroundStacks, createHooks, createKeptBySignals];

/** Heat v1, and of its CFN API the addresses that signals go to. */
export function createOrchestrationService(deps: OrchestrationDeps): readonly Service[] {
  const stacks = new StackService(deps);
  const facts = new StackFactsService(deps);
  const resources = new ResourceService(deps, facts);
  const signals = new SignalService(deps, resources);
  const software = new SoftwareService(deps);
  const native = defineService({
    name: 'orchestration',
    prefix: '/orchestration',
    catalog: { types: ['orchestration'], name: 'heat', path: '/orchestration/v1/$(project_id)s' },
    faults: heatFaults,
    policy: orchestrationPolicy,
    routes: [
      ...discoveryRoutes(),
      ...inProject([
        ...readingLargeTexts([
          ...stackRoutes({ stacks, facts }),
          ...previewRoutes({ stacks, facts, previews: new PreviewService(deps, { stacks, facts }) }),
        ]),
        ...contentRoutes({ stacks, facts }),
        ...resourceRoutes({ stacks, resources, signals, software }),
        ...eventRoutes(stacks, new StackEventService(deps)),
        ...actionRoutes({ stacks, actions: new StackActions(deps), policy: deps.policy }),
        ...snapshotRoutes(stacks, new SnapshotService(deps)),
        ...movingRoutes(stacks, new MovingService(deps, facts)),
        ...lookupRoutes(stacks),
        ...softwareRoutes(software),
        ...languageRoutes(deps.types),
        ...processRoutes(deps),
      ]),
    ],
    migrations: orchestrationMigrations,
    reconcilers: [purgeDeleted(deps)],
  });
  const cfn = defineService({
    name: 'cloudformation',
    prefix: '/cloudformation',
    catalog: { types: ['cloudformation'], name: 'heat-cfn', path: '/cloudformation/v1' },
    faults: heatFaults,
    policy: [],
    routes: cfnRoutes({ stacks, signals, deps }),
    migrations: [],
    reconcilers: [],
  });
  return [native, cfn];
}
