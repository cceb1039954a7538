import type { Resource } from '../model/resource.ts';
import type { Json, JsonMap } from '../template/json.ts';

/** What a stack that a resource holds is made of. Its files, types and defaults are those of the stack around it. */
export interface ChildRecipe {
  readonly template: string;
  readonly parameters?: JsonMap;
}

/** The stack that a resource holds, as it is. Nothing is told of one that is not there. */
export interface NestedFacts {
  template(): Promise<string | undefined>;
  /** By name; what cannot be told is null. */
  outputs(): Promise<JsonMap>;
  /** What stands for each name now, in the order of the template. */
  resources(): Promise<readonly Resource[]>;
  /** What one of its resources tells now for `path[0]`, from where the rest is selected. */
  attribute(resource: string, path: readonly (string | number)[]): Promise<Json>;
}

/** The stack that a resource holds, carried out within the change of the stack around it. All verbs may be repeated. */
export interface NestedStack extends NestedFacts {
  /** Makes it, or brings it in line, and waits for the end. @returns its id @throws CloudError with the first failure in it */
  converge(child: ChildRecipe): Promise<string>;
  /** With all that it made. Nothing there is success. @throws as `converge` */
  remove(): Promise<void>;
  /** @throws as `converge` */
  act(action: 'SUSPEND' | 'RESUME' | 'CHECK'): Promise<void>;
}
