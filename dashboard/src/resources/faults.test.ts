import { expect, it } from 'vitest';
import { CreateContainer } from '../../../src/services/container/schema/container.ts';
import { faultsIn } from './faults.ts';

const faults = (body: object) => faultsIn(CreateContainer, body, (name) => `not ${name}`);

it('finds nothing wrong with what the API takes', () => {
  expect(faults({ image: 'hello', cpu: 1, memory: '64', exposed_ports: { '80/tcp': {} } })).toEqual({});
});

it('tells what the API would refuse by the field that it is about', () => {
  expect(Object.keys(faults({ image: 'h', memory: 'much' })).toSorted()).toEqual(['image', 'memory']);
});

it('names what may not be there', () => {
  expect(faults({ image: 'hello', exposed_ports: { ninety: {} } })).toEqual({ exposed_ports: 'not ninety' });
});
