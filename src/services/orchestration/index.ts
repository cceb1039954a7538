import { defineService, type Service } from '#kernel/http/service.ts';
import type { TaskKind } from '#kernel/tasks/task.ts';
import { heatFaults } from './faults.ts';
import { createStacks } from './migrations/0001-stacks.ts';
import { orchestrationPolicy } from './policy.ts';
import { allTypes } from './resources/all-types.ts';
import { ResourceTypes } from './resources/registry.ts';
import { contentRoutes } from './routes/contents.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { eventRoutes } from './routes/events.ts';
import { inProject } from './routes/in-project.ts';
import { languageRoutes } from './routes/language.ts';
import { lookupRoutes } from './routes/lookup.ts';
import { previewRoutes } from './routes/previews.ts';
import { processRoutes } from './routes/processes.ts';
import { resourceRoutes } from './routes/resources.ts';
import { stackRoutes } from './routes/stacks.ts';
import type { EngineDeps, OrchestrationDeps } from './service/deps.ts';
import { StackEventService } from './service/events.ts';
import { StackFactsService } from './service/facts.ts';
import { PreviewService } from './service/previews.ts';
import { ResourceService } from './service/resources.ts';
import { StackService } from './service/stacks.ts';
import { convergeStack } from './tasks/converge-stack.ts';

/** All that stacks can be made of. */
export const createResourceTypes = (): ResourceTypes => new ResourceTypes(allTypes);

/** What the task runner must know; made before the runner, which the service itself is given. */
export const orchestrationTasks = (deps: EngineDeps): TaskKind<never>[] => [convergeStack(deps)];

/** Heat v1. */
export function createOrchestrationService(deps: OrchestrationDeps): Service {
  const stacks = new StackService(deps);
  const facts = new StackFactsService(deps);
  return defineService({
    name: 'orchestration',
    prefix: '/orchestration',
    catalog: { types: ['orchestration'], name: 'heat', path: '/orchestration/v1/$(project_id)s' },
    faults: heatFaults,
    policy: orchestrationPolicy,
    routes: [
      ...discoveryRoutes(),
      ...inProject([
        ...stackRoutes({ stacks, facts }),
        ...previewRoutes({ stacks, facts, previews: new PreviewService(deps, { stacks, facts }) }),
        ...contentRoutes({ stacks, facts }),
        ...resourceRoutes({ stacks, resources: new ResourceService(deps, facts) }),
        ...eventRoutes(stacks, new StackEventService(deps)),
        ...lookupRoutes(stacks),
        ...languageRoutes(deps.types),
        ...processRoutes(deps),
      ]),
    ],
    migrations: [createStacks],
    reconcilers: [],
  });
}
