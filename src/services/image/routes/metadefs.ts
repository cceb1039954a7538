import type { Route } from '#kernel/http/route.ts';
import type { ImageDeps } from '../service/deps.ts';
import { ItemService } from '../service/metadef-items.ts';
import { NamespaceService } from '../service/metadef-namespaces.ts';
import { itemRoutes, OBJECTS, PROPERTIES, TAGS } from './metadef-items.ts';
import { namespaceRoutes } from './metadef-namespaces.ts';

/** All of the metadata definitions. */
export function metadefRoutes(deps: ImageDeps): Route[] {
  const namespaces = new NamespaceService(deps);
  const items = [OBJECTS, PROPERTIES, TAGS].flatMap((kind) =>
    itemRoutes(kind, new ItemService({ ...deps, namespaces }, { kind: kind.kind, ...kind.rules })),
  );
  return [...namespaceRoutes(namespaces), ...items];
}
