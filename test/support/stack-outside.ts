import { setImmediate as turn } from 'node:timers/promises';
import { conflict } from '#kernel/errors.ts';
import {
  Replacement,
  type ResourceRun,
  type ResourceType,
} from '#services/orchestration/resources/resource-type.ts';
import type { Json, JsonMap } from '#services/orchestration/template/json.ts';
import type { Life } from './life.ts';

/** Something that a stack has made. */
export interface Thing {
  readonly id: string;
  readonly value: Json;
  readonly fixed: Json;
  /** Ids of what it was made with. */
  readonly uses: readonly string[];
  readonly seen: Json;
  readonly suspended: boolean;
}

export type ThingVerb = 'create' | 'update' | 'remove' | 'suspend' | 'resume';

/** What befalls a verb on resources of a name. */
export interface Trouble {
  readonly resource: string;
  readonly verb: ThingVerb;
  /** It fails before its work, after it, or while one waits for the end of it. */
  readonly fails?: 'before' | 'after' | 'while it is waited for';
  /** How often; default: always. */
  readonly times?: number;
  /** How often is asked until it has come to its end. */
  readonly slow?: number;
}

/** Where the things are. It knows nothing of rows, and takes offence at whatever no real service would bear. */
export class Outside {
  readonly things = new Map<string, Thing>();
  /** What it said no with since the stack rested. */
  readonly refusals: string[] = [];
  /** What nobody should ever have asked for. */
  readonly offences: string[] = [];
  #troubles: { trouble: Trouble; left: number }[] = [];
  #refused = 0;

  /** In place of those before. */
  trouble(troubles: readonly Trouble[]): void {
    this.#troubles = troubles.map((trouble) => ({ trouble, left: trouble.times ?? Infinity }));
  }

  slowness(resource: string, verb: ThingVerb): number {
    const slow = this.#troubles.find(({ trouble }) => trouble.resource === resource && trouble.verb === verb);
    return slow?.trouble.slow ?? 0;
  }

  /** @throws CloudError `conflict` where that is to fail now */
  check(resource: string, verb: ThingVerb, fails: Trouble['fails']): void {
    const hit = this.#troubles.find(
      ({ trouble, left }) =>
        trouble.resource === resource && trouble.verb === verb && trouble.fails === fails && left > 0,
    );
    if (!hit) return;
    hit.left -= 1;
    this.#refuse(`${verb} of ${resource}`);
  }

  /** @throws CloudError `conflict` */
  assertThere(id: string): void {
    if (!this.things.has(id)) this.#refuse(`${id} is not there`);
  }

  #refuse(why: string): never {
    const refusal = `refusal ${(this.#refused += 1)}: ${why}`;
    this.refusals.push(refusal);
    throw conflict(refusal);
  }

  make(thing: Thing, again: boolean): void {
    if (this.things.has(thing.id) && !again) this.offences.push(`${thing.id} is made twice`);
    this.#put(thing);
  }

  change(id: string, change: Partial<Thing>): void {
    const thing = this.things.get(id);
    if (thing) this.#put({ ...thing, ...change });
    else this.offences.push(`${id} is changed and is not there`);
  }

  remove(id: string): void {
    const users = [...this.things.values()].filter(({ uses }) => uses.includes(id)).map((user) => user.id);
    if (users.length > 0) this.offences.push(`${id} is removed while ${users.join(', ')} uses it`);
    this.things.delete(id);
  }

  #put(thing: Thing): void {
    const missing = thing.uses.filter((used) => used.startsWith('thing/') && !this.things.has(used));
    if (missing.length > 0) this.offences.push(`${thing.id} uses ${missing.join(', ')}, which is not there`);
    this.things.set(thing.id, thing);
  }
}

export const THING = 'Test::Thing';
/** It refuses every change in place, which its properties allow. */
export const STUBBORN_THING = 'Test::StubbornThing';

/** The types whose resources are such things, as one process reaches them. */
export const thingTypes = (outside: Outside, life: Life): readonly ResourceType[] => [
  thingType(THING, { outside, life }),
  thingType(STUBBORN_THING, { outside, life }),
];

interface Reach {
  readonly outside: Outside;
  readonly life: Life;
}

const LIVE = { updateAllowed: true, description: '' } as const;

function thingType(name: string, reach: Reach): ResourceType {
  const verbs = new ThingVerbs(reach);
  return {
    name,
    description: 'A thing of a test.',
    properties: {
      value: { type: 'string', default: '', ...LIVE },
      fixed: { type: 'string', default: '', description: '' },
      uses: { type: 'list', default: [], ...LIVE },
      seen: { type: 'list', default: [], ...LIVE },
    },
    attributes: { value: { description: '', type: 'string' } },
    create: (run) => verbs.create(run),
    settled: (run) => verbs.settled(run, run.resource.action === 'UPDATE' ? 'update' : 'create'),
    update: (run) => (name === STUBBORN_THING ? Promise.reject(new Replacement()) : verbs.update(run)),
    remove: (run) => verbs.remove(run),
    removed: (run) => verbs.settled(run, 'remove'),
    check: (run) => verbs.check(run),
    suspend: (run) => verbs.rest(run, 'suspend'),
    resume: (run) => verbs.rest(run, 'resume'),
    rested: (run) => verbs.settled(run, run.resource.action === 'SUSPEND' ? 'suspend' : 'resume'),
    attribute: async ({ resource }, [asked]) =>
      asked === 'value' ? (reach.outside.things.get(idOf(resource))?.value ?? null) : null,
  };
}

export const idOf = ({ physicalName }: { readonly physicalName: string }): string => `thing/${physicalName}`;

class ThingVerbs {
  readonly #outside: Outside;
  readonly #life: Life;
  /** How often was asked, by row and verb. */
  readonly #asked = new Map<string, number>();

  constructor({ outside, life }: Reach) {
    this.#outside = outside;
    this.#life = life;
  }

  async create(run: ResourceRun): Promise<string> {
    const id = idOf(run.resource);
    const thing = { id, suspended: false, ...contentOf(run.properties) };
    await this.#act(run, 'create', () => this.#outside.make(thing, run.again));
    return id;
  }

  async update(run: ResourceRun): Promise<void> {
    const { physicalId } = run.resource;
    await this.#act(run, 'update', () => this.#outside.change(String(physicalId), contentOf(run.properties)));
  }

  async remove(run: ResourceRun): Promise<void> {
    await this.#act(run, 'remove', () => this.#outside.remove(idOf(run.resource)));
  }

  async check({ resource }: ResourceRun): Promise<void> {
    await this.#life.moment();
    this.#outside.assertThere(idOf(resource));
  }

  async rest(run: ResourceRun, verb: 'suspend' | 'resume'): Promise<void> {
    const change = { suspended: verb === 'suspend' };
    await this.#act(run, verb, () => this.#outside.change(idOf(run.resource), change));
  }

  async settled({ resource }: ResourceRun, verb: ThingVerb): Promise<boolean> {
    const key = `${resource.id} ${verb}`;
    const asked = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, asked);
    await turn();
    if (asked <= this.#outside.slowness(resource.name, verb)) return false;
    this.#asked.delete(key);
    this.#outside.check(resource.name, verb, 'while it is waited for');
    return true;
  }

  async #act({ resource }: ResourceRun, verb: ThingVerb, work: () => void): Promise<void> {
    await this.#life.moment();
    this.#outside.check(resource.name, verb, 'before');
    work();
    await this.#life.moment();
    await turn();
    this.#outside.check(resource.name, verb, 'after');
  }
}

const contentOf = ({ value = '', fixed = '', uses, seen = [] }: JsonMap) => ({
  value,
  fixed,
  uses: (uses ?? []) as string[],
  seen,
});
