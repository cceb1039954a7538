import { expect, it } from 'vitest';
import { listOf, poolsOf, poolText, routesOf, routeText } from './words.ts';

it('reads pools however their ends are written, and writes them so that they are read again', () => {
  const pools = [
    { start: '10.0.0.10', end: '10.0.0.99' },
    { start: 'fd00::5', end: 'fd00::5' },
  ];
  expect(poolsOf('10.0.0.10-10.0.0.99\n fd00::5 \n\n')).toEqual(pools);
  expect(poolsOf(pools.map(poolText).join('\n'))).toEqual(pools);
  expect(poolsOf(undefined)).toEqual([]);
});

it('reads routes with and without the word between', () => {
  const routes = [
    { destination: '10.1.0.0/16', nexthop: '10.0.0.9' },
    { destination: '0.0.0.0/0', nexthop: '10.0.0.1' },
  ];
  expect(routesOf('10.1.0.0/16 via 10.0.0.9\n0.0.0.0/0  10.0.0.1')).toEqual(routes);
  expect(routesOf(routes.map(routeText).join('\n'))).toEqual(routes);
});

it('leaves it to the API to refuse what is half a route', () => {
  expect(routesOf('nonsense')).toEqual([{ destination: 'nonsense', nexthop: '' }]);
});

it('reads lists with commas, spaces and lines between', () => {
  expect(listOf(' 1.1.1.1, 9.9.9.9\n8.8.8.8 ')).toEqual(['1.1.1.1', '9.9.9.9', '8.8.8.8']);
  expect(listOf()).toEqual([]);
});
