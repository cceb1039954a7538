import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Resource } from '#services/orchestration/model/resource.ts';
import { readProperties } from '#services/orchestration/resources/property.ts';
import type { NestedStack } from '#services/orchestration/resources/nested-stack.ts';
import type {
  Cloud,
  CloudRequest,
  ResourceRun,
  ResourceType,
} from '#services/orchestration/resources/resource-type.ts';
import type { Json, JsonMap } from '#services/orchestration/template/json.ts';
import type { TestCloud } from './cloud.ts';

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'bad-request',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
};

/** The public APIs of a test's cloud, as one caller may use them. */
export function cloudFor(cloud: TestCloud, token: string, projectId: string): Cloud {
  const entries = cloud.services.flatMap(({ catalog }) => (catalog ? [catalog] : []));
  return {
    async call({ service, method, path, query, body, headers, microversion }: CloudRequest) {
      const base = entries.find(({ types }) => types.includes(service))?.path;
      if (base === undefined) throw new CloudError('unavailable', `There is no service ${service}.`);
      const search = query ? `?${new URLSearchParams(query).toString()}` : '';
      const url = `${base.replace('$(project_id)s', projectId)}${path}${search}`;
      const answer = await cloud.call(method, url, {
        token,
        headers: { ...headers, ...(microversion && { 'openstack-api-version': microversion }) },
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status >= 400) throw new CloudError(KINDS[answer.status] ?? 'internal', answer.text);
      return {
        status: answer.status,
        headers: answer.headers as Record<string, string>,
        body: answer.body ?? (answer.text === '' ? null : answer.text),
      };
    },
  };
}

/** The same for the administrator. */
export async function cloudForAdmin(cloud: TestCloud): Promise<Cloud> {
  const { body } = await cloud.call('GET', '/identity/v3/auth/projects', { token: cloud.admin });
  return cloudFor(cloud, cloud.admin, body.projects[0].id);
}

/** One resource of no stack, carried through its verbs as the engine would. */
export class Specimen {
  readonly type: ResourceType;
  /** Lets what is under way go on. */
  passing: () => Promise<unknown> = () => setTimeout(20);
  readonly #cloud: Cloud;
  #properties: JsonMap;
  #resource: Resource;
  /** Resources of the same stack. */
  beside: readonly Resource[] = [];
  taken: ReadonlySet<string> = new Set();
  /** What resources of the same stack were told, by reference. */
  readonly told = new Map<string, JsonMap[]>();
  clock: Clock = systemClock;

  constructor(cloud: Cloud, type: ResourceType, properties: JsonMap) {
    this.#cloud = cloud;
    this.type = type;
    this.#properties = this.#read(properties);
    this.#resource = {
      ...BLANK,
      id: newUuid(),
      type: type.name,
      physicalName: `one-specimen-${newUuid().slice(0, 12)}`,
      createdAt: systemClock.now().toISOString(),
    };
  }

  get id(): string {
    return this.#resource.physicalId ?? '';
  }

  get row(): Resource {
    return this.#resource;
  }

  async reference(): Promise<string> {
    return (await this.type.reference?.(this.#run())) ?? this.id;
  }

  get name(): string {
    return this.#resource.physicalName;
  }

  async create(again = false): Promise<this> {
    const run = this.#run(again);
    const physicalId = await this.type.create(run);
    this.#resource = { ...this.#resource, physicalId };
    await this.#settle(run);
    return this;
  }

  /** A try that ends right after something was made, before anybody was told. @returns what was made */
  async createAndCrash(): Promise<string> {
    let made: string | undefined;
    const crash = new Error('The process dies.');
    const dying: ResourceRun = {
      ...this.#run(),
      async made(id) {
        made = id;
        throw crash;
      },
    };
    await this.type.create(dying).then(
      (id) => (made = id),
      (thrown: unknown) => {
        if (thrown !== crash) throw thrown;
      },
    );
    return made ?? '';
  }

  async update(change: JsonMap): Promise<void> {
    const after = this.#read({ ...this.#properties, ...change });
    const changed = new Set(Object.keys(change));
    for (const name of changed) expect(this.type.properties[name]?.updateAllowed, name).toBe(true);
    this.#properties = after;
    const run = this.#run();
    await this.type.update?.(run, changed);
    await this.#settle(run);
  }

  async get(...path: (string | number)[]): Promise<Json> {
    return (await this.type.attribute?.(this.#run(), path)) ?? null;
  }

  check = async (): Promise<void> => this.type.check?.(this.#run()) ?? this.#settle(this.#run());

  async remove(): Promise<void> {
    const run = this.#run(true);
    await this.type.remove(run);
    for (let asked = 0; asked < 100; asked += 1) {
      if ((await this.type.removed?.(run)) !== false) return;
      await this.passing();
    }
    throw new Error(`${this.type.name} does not go.`);
  }

  suspend = async (): Promise<void> => this.type.suspend?.(this.#run());
  resume = async (): Promise<void> => this.type.resume?.(this.#run());

  signal = async (details: JsonMap): Promise<string> => {
    if (!this.type.signal) throw new Error(`${this.type.name} takes no signals.`);
    const reason = await this.type.signal(this.#run(), details);
    if (this.type.keepsSignals) this.told.set(this.id, [...(this.told.get(this.id) ?? []), details]);
    return reason;
  };

  /** Until what was begun has come to its end. */
  settle = (): Promise<void> => this.#settle(this.#run());

  async #settle(run: ResourceRun): Promise<void> {
    for (let asked = 0; asked < 100; asked += 1) {
      if ((await this.type.settled?.(run)) !== false) return;
      await this.passing();
    }
    throw new Error(`${this.type.name} does not settle.`);
  }

  #read = (values: JsonMap): JsonMap =>
    this.type.takesAll
      ? values
      : readProperties(this.type.properties, values, { path: 'properties', now: systemClock.now() });

  #run(again = false): ResourceRun {
    const now = () => this.#resource;
    return {
      stack: {
        id: 'stack-1',
        name: 'one',
        projectId: 'project-1',
        rootId: 'stack-1',
        recipe: { template: '', files: {}, environment: {} },
      },
      get resource() {
        return now();
      },
      properties: this.#properties,
      again,
      updatePolicy: {},
      beside: this.beside,
      taken: this.taken,
      nested: NOTHING_NESTED,
      cloud: this.#cloud,
      clock: this.clock,
      signal: new AbortController().signal,
      keep: async (data) => {
        this.#resource = { ...this.#resource, data: { ...this.#resource.data, ...data } };
      },
      signals: async (reference) => this.told.get(reference),
      adjust: () => Promise.reject(new Error('A specimen is of no stack.')),
      made: async (physicalId) => {
        this.#resource = { ...this.#resource, physicalId };
      },
    };
  }
}

/** A specimen is of no stack, and holds none. */
const NOTHING_NESTED: NestedStack = {
  template: async () => undefined,
  outputs: async () => ({}),
  resources: async () => [],
  attribute: async () => null,
  converge: () => Promise.reject(new Error('A specimen holds no stack.')),
  remove: async () => undefined,
  act: async () => undefined,
};

const BLANK: Resource = {
  id: '',
  stackId: 'stack-1',
  name: 'specimen',
  type: '',
  madeBy: '',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  physicalId: null,
  reference: null,
  physicalName: '',
  properties: {},
  metadata: {},
  data: {},
  attributes: {},
  needs: [],
  traversal: '',
  replacedBy: null,
  deletionPolicy: 'Delete',
  createdAt: '',
  updatedAt: '',
};

/** What every type keeps: creation is repeatable, change stays in place, an end is an end, and what is gone is missed. */
export async function keepsTheContract(specimen: Specimen, change: JsonMap = {}): Promise<void> {
  const made = await specimen.createAndCrash();
  await specimen.create(true);
  expect(specimen.id, 'made twice').toBe(made);
  await specimen.check();
  if (Object.keys(change).length > 0) await specimen.update(change);
  expect(specimen.id, 'changed in place').toBe(made);
  await specimen.check();
  await specimen.remove();
  await specimen.remove();
  await expect(specimen.check(), 'it is missed').rejects.toThrow();
}
