import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { knownTraits, RESOURCE_CLASSES, traitsOf } from '../model/vocabulary.ts';
import { ListTraits, NameParams } from '../schema/vocabulary.ts';
import type { PlacementUseCases } from './index.ts';

export const vocabularyRoutes = ({ registry }: PlacementUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/resource_classes',
    name: 'list-resource-classes',
    summary: 'List resource classes.',
    access: { rule: 'placement:resource_classes:list' },
    since: '1.2',
    status: 200,
    async handle({ base }) {
      return { resource_classes: RESOURCE_CLASSES.map((name) => resourceClassView(name, base)) };
    },
  }),
  route({
    method: 'GET',
    url: '/resource_classes/:name',
    name: 'get-resource-class',
    summary: 'Show a resource class.',
    access: { rule: 'placement:resource_classes:show' },
    since: '1.2',
    params: NameParams,
    status: 200,
    async handle({ params, base }) {
      if (RESOURCE_CLASSES.includes(params.name)) return resourceClassView(params.name, base);
      throw notFound(`No such resource class ${params.name}.`);
    },
  }),
  route({
    method: 'GET',
    url: '/traits',
    name: 'list-traits',
    summary: 'List traits.',
    access: { rule: 'placement:traits:list' },
    since: '1.6',
    query: ListTraits,
    status: 200,
    async handle({ query }) {
      const nodes = await registry.list();
      const traits = query.associated ? [...new Set(nodes.flatMap(traitsOf))].sort() : knownTraits(nodes);
      return { traits: traits.filter((name) => matches(name, query.name)) };
    },
  }),
  route({
    method: 'GET',
    url: '/traits/:name',
    name: 'get-trait',
    summary: 'Show whether a trait exists.',
    access: { rule: 'placement:traits:show' },
    since: '1.6',
    params: NameParams,
    status: 204,
    async handle({ params }) {
      if (!knownTraits(await registry.list()).includes(params.name))
        throw notFound(`No such trait(s): ${params.name}.`);
    },
  }),
];

const resourceClassView = (name: string, base: string) => ({
  name,
  links: [{ rel: 'self', href: `${base}/resource_classes/${name}` }],
});

/** `in:A,B` or `startswith:C`. */
function matches(name: string, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  const value = filter.slice(filter.indexOf(':') + 1);
  return filter.startsWith('in:') ? value.split(',').includes(name) : name.startsWith(value);
}
