import type { NodeQuestions } from '#services/placement/port.ts';
import type { ContainerDeps } from './deps.ts';
import { answerRegistries } from './registry-logins.ts';
import { answerSecrets } from './secret-files.ts';

/** What nodes may ask about their containers. */
export function answerContainers(nodes: NodeQuestions, deps: Omit<ContainerDeps, 'policy' | 'tasks'>): void {
  answerRegistries(nodes, deps);
  answerSecrets(nodes, deps);
}
