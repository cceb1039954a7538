/** What people write in a field, as the API takes it, and back. */

/** Words with spaces, commas or lines between. */
export const listOf = (text = ''): string[] => text.split(/[\s,]+/).filter(Boolean);

const linesOf = (text = ''): string[] =>
  text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter(Boolean);

export interface Pool {
  readonly start: string;
  readonly end: string;
}

/** `10.0.0.10 – 10.0.0.99`, or a single address, in each line. */
export const poolsOf = (text?: string): Pool[] =>
  linesOf(text).map((line) => {
    const [start = '', end = start] = line.split(/\s*[-–]\s*/);
    return { start, end };
  });

export const poolText = ({ start, end }: Pool): string => (start === end ? start : `${start} – ${end}`);

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** `10.1.0.0/16 via 10.0.0.9` in each line. */
export const routesOf = (text?: string): HostRoute[] =>
  linesOf(text).map((line) => {
    const [destination = '', nexthop = ''] = line.split(/\s+(?:via\s+)?/);
    return { destination, nexthop };
  });

export const routeText = ({ destination, nexthop }: HostRoute): string => `${destination} via ${nexthop}`;

export const versionOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
