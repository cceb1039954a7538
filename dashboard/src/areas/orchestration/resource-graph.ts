/** A resource, as far as it hangs together with others. */
export interface Node {
  readonly resource_name: string;
  /** By name. */
  readonly required_by: readonly string[];
}

export interface Place<T> {
  readonly of: T;
  readonly x: number;
  readonly y: number;
}

export interface ResourceLayout<T> {
  readonly places: readonly Place<T>[];
  /** From what is needed to what needs it, as SVG's `d` has it. */
  readonly lines: readonly { readonly key: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
}

export const CARD = { width: 210, height: 48 };
const GAP = { x: 24, y: 52 };

/** In layers: each resource below all that it needs, and no lower than it must. */
export function layoutOf<T extends Node>(resources: readonly T[]): ResourceLayout<T> {
  const depths = depthsOf(resources);
  const filled: number[] = [];
  const places = resources.map((of): Place<T> => {
    const depth = depths.get(of.resource_name) ?? 0;
    const column = filled[depth] ?? 0;
    filled[depth] = column + 1;
    return { of, x: column * (CARD.width + GAP.x), y: depth * (CARD.height + GAP.y) };
  });
  const byName = new Map(places.map((place) => [place.of.resource_name, place]));
  const lines = places.flatMap((from) =>
    from.of.required_by.flatMap((name) => {
      const to = byName.get(name);
      return to ? [{ key: `${from.of.resource_name} ${name}`, path: curve(from, to) }] : [];
    }),
  );
  return {
    places,
    lines,
    width: Math.max(1, ...filled) * (CARD.width + GAP.x) - GAP.x,
    height: Math.max(1, filled.length) * (CARD.height + GAP.y) - GAP.y,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function curve(from: Point, to: Point): string {
  const [x1, y1] = [from.x + CARD.width / 2, from.y + CARD.height];
  const [x2, y2] = [to.x + CARD.width / 2, to.y];
  const middle = (y1 + y2) / 2;
  return `M${x1},${y1} C${x1},${middle} ${x2},${middle} ${x2},${y2}`;
}

/** How many others stand above each. Heat refuses circles; one would only be drawn as it is found. */
function depthsOf(resources: readonly Node[]): ReadonlyMap<string, number> {
  const needs = new Map<string, string[]>(resources.map(({ resource_name: name }) => [name, []]));
  for (const { resource_name: name, required_by: by } of resources)
    for (const one of by) needs.get(one)?.push(name);
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const depth = Math.max(-1, ...(needs.get(name) ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  for (const name of needs.keys()) depthOf(name);
  return depths;
}
