import type { Graph, Link, Thing } from './graph.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Box {
  readonly thing: Thing;
  /** Too many to tell their names. */
  readonly isSmall: boolean;
}

/** A line of the picture, as SVG's `d` has it. */
export interface Line {
  readonly link: Link;
  readonly path: string;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

const CARD = { width: 190, height: 46 };
const DOT = { width: 22, height: 22 };
const ROUTER = { width: 190, height: 46 };
const BAR = 46;
const GAP = { column: 28, row: 16, block: 56, layer: 64, bar: 14 };
/** From so many on, workloads of a network are dots. */
const MANY = 24;
const LEAST_WIDTH = 220;

/** A network with what hangs on it; without a network, what hangs nowhere. */
interface Block {
  readonly network: Thing | undefined;
  readonly workloads: readonly Thing[];
  readonly columns: number;
  readonly cell: { readonly width: number; readonly height: number };
  readonly width: number;
}

/** Outside on top, routers, networks side by side, workloads hanging on them: each thing has a place of its own. */
export function layoutOf(graph: Graph): Layout {
  const of = (kind: Thing['kind']) => graph.things.filter((thing) => thing.kind === kind);
  const outside = of('outside');
  const blocks = blocksOf(graph, of('router'));
  const routersY = outside.length * (BAR + GAP.bar) + GAP.layer;
  const networksY = of('router').length === 0 ? routersY : routersY + ROUTER.height + GAP.layer;
  const below = placeBlocks(blocks, networksY);
  const routers = placeRouters(graph, of('router'), { below, y: routersY });
  const width = Math.max(LEAST_WIDTH * 2, ...[...below, ...routers].map(({ x, width }) => x + width));
  const above = outside.map((thing, index) =>
    place(thing, { x: 0, y: index * (BAR + GAP.bar), width, height: BAR }),
  );
  const placed = [...above, ...routers, ...below];
  return {
    placed,
    lines: linesOf(graph.links, placed),
    width,
    height: Math.max(...placed.map(({ y, height }) => y + height), 0),
  };
}

const place = (thing: Thing, box: Box, isSmall = false): Placed => ({ thing, ...box, isSmall });

/** Networks of the same router stand together. */
function blocksOf({ things, links }: Graph, routers: readonly Thing[]): Block[] {
  const home = new Map<string, string>();
  for (const { from, to } of links) if (!home.has(from)) home.set(from, to);
  const hanging = Map.groupBy(
    things.filter(({ kind }) => kind === 'workload'),
    ({ id }) => home.get(id),
  );
  const rank = (id: string): number => {
    const at = routers.findIndex((router) => router.id === home.get(id));
    return at < 0 ? routers.length : at;
  };
  const networks = things
    .filter(({ kind }) => kind === 'network')
    .toSorted((a, b) => rank(a.id) - rank(b.id));
  const inside = new Set<string | undefined>(networks.map(({ id }) => id));
  const elsewhere = [...hanging].flatMap(([id, workloads]) => (inside.has(id) ? [] : workloads));
  const blocks = networks.map((network) => blockOf(network, hanging.get(network.id) ?? []));
  return elsewhere.length === 0 ? blocks : [...blocks, blockOf(undefined, elsewhere)];
}

function blockOf(network: Thing | undefined, workloads: readonly Thing[]): Block {
  const isMany = workloads.length > MANY;
  const cell = isMany ? DOT : CARD;
  const columns = isMany
    ? Math.ceil(Math.sqrt(workloads.length * 2))
    : Math.min(workloads.length, Math.max(2, Math.ceil(Math.sqrt(workloads.length))));
  const pitch = cell.width + (isMany ? GAP.row : GAP.column);
  return { network, workloads, columns, cell, width: Math.max(LEAST_WIDTH, columns * pitch) };
}

function placeBlocks(blocks: readonly Block[], top: number): Placed[] {
  let x = 0;
  return blocks.flatMap((block) => {
    const { network, width } = block;
    const bar = network ? [place(network, { x, y: top, width, height: BAR })] : [];
    const hanging = placeWorkloads(block, x, top + BAR + GAP.layer / 2);
    x += width + GAP.block;
    return [...bar, ...hanging];
  });
}

function placeWorkloads({ workloads, columns, cell }: Block, left: number, top: number): Placed[] {
  const isSmall = cell === DOT;
  const gap = isSmall ? GAP.row : GAP.column;
  return workloads.map((thing, index) =>
    place(
      thing,
      {
        x: left + gap + (index % columns) * (cell.width + gap),
        y: top + Math.floor(index / columns) * (cell.height + GAP.row),
        ...cell,
      },
      isSmall,
    ),
  );
}

/** Each above the middle of its networks, and none over another. */
function placeRouters(
  { links }: Graph,
  routers: readonly Thing[],
  { below, y }: { readonly below: readonly Placed[]; readonly y: number },
): Placed[] {
  const middleOf = ({ id }: Thing): number => {
    const own = links.filter(({ to }) => to === id).flatMap(({ from }) => find(below, from) ?? []);
    if (own.length === 0) return 0;
    return own.reduce((sum, box) => sum + middle(box), 0) / own.length;
  };
  let free = 0;
  return routers
    .map((router) => ({ router, at: middleOf(router) - ROUTER.width / 2 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ router, at }) => {
      const x = Math.max(at, free);
      free = x + ROUTER.width + GAP.column;
      return place(router, { x, y, ...ROUTER });
    });
}

const find = (placed: readonly Placed[], id: string) => placed.find(({ thing }) => thing.id === id);
const middle = ({ x, width }: Box): number => x + width / 2;

function linesOf(links: readonly Link[], placed: readonly Placed[]): Line[] {
  const places = new Map(placed.map((one) => [one.thing.id, one]));
  return links.flatMap((link) => {
    const [from, to] = [places.get(link.from), places.get(link.to)];
    return from && to ? [{ link, path: pathOf(from, to) }] : [];
  });
}

/** From the lower to the upper one. */
function pathOf(from: Placed, to: Placed): string {
  if (from.thing.kind === 'workload') return hangingPath(from, to);
  const top = to.y + to.height;
  if (to.thing.kind === 'outside') return `M${middle(from)} ${from.y}V${top}`;
  const half = (from.y + top) / 2;
  return `M${middle(from)} ${from.y}C${middle(from)} ${half} ${middle(to)} ${half} ${middle(to)} ${top}`;
}

/** Down beside its column and into the card; to a network that it is not below, a curve. */
function hangingPath(from: Placed, to: Placed): string {
  const [y, top] = [from.y + from.height / 2, to.y + to.height];
  const trunk = from.x - (from.isSmall ? 6 : GAP.column / 2);
  if (to.x <= trunk && trunk <= to.x + to.width) return `M${trunk} ${top}V${y}H${from.x}`;
  const [start, end] = to.x > from.x ? [from.x + from.width, to.x + 12] : [from.x, to.x + to.width - 12];
  return `M${start} ${y}C${(start + end) / 2} ${y} ${end} ${y} ${end} ${top}`;
}
