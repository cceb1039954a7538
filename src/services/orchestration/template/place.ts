import { badRequest, type CloudError } from '#kernel/errors.ts';

/** Where in its source a path stands; undefined where that is not known. */
export type Locate = (path: readonly (string | number)[]) => string | undefined;

/** What Heat calls the failures that this room finds; they are the `type` of its fault body. */
export type TemplateErrorCode =
  | 'StackValidationFailed'
  | 'InvalidTemplateReference'
  | 'InvalidTemplateSection'
  | 'InvalidTemplateVersion'
  | 'InvalidTemplateParameter'
  | 'InvalidSchemaError'
  | 'CircularDependencyException'
  | 'UserParameterMissing'
  | 'UnknownUserParameter'
  | 'ImmutableParameterModified'
  | 'InvalidBreakPointHook'
  | 'InvalidRestrictedAction'
  | 'InvalidMergeStrategyForParam'
  | 'ResourceTypeUnavailable'
  | 'RequestLimitExceeded'
  | 'HTTPBadRequest';

/** A place in a template: what an error names, and its line as long as the text is being read. */
export class Place {
  readonly path: readonly (string | number)[];
  readonly #source: { locate: Locate | undefined };

  private constructor(path: readonly (string | number)[], source: { locate: Locate | undefined }) {
    this.path = path;
    this.#source = source;
  }

  static root(locate?: Locate): Place {
    return new Place([], { locate });
  }

  child(key: string | number): Place {
    return new Place([...this.path, key], this.#source);
  }

  /** The text has been read: what is found from now on has a path and no line, and the text can go. */
  forgetSource(): void {
    this.#source.locate = undefined;
  }

  /** `resources.web.properties.networks[0].port` */
  toString(): string {
    return this.path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
      '',
    );
  }

  /** The error of this place. */
  error(message: string, code: TemplateErrorCode = 'StackValidationFailed'): CloudError {
    const line = this.#source.locate?.(this.path);
    const where = [this.toString(), line === undefined ? '' : `(${line})`].filter((part) => part !== '');
    return badRequest(where.length === 0 ? message : `${where.join(' ')}: ${message}`, { code });
  }
}
