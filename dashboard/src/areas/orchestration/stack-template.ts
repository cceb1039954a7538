import type { BrowserCaller } from '../../session/browser-caller.ts';

/** What a template asks for, as Heat's `validate` tells it. */
export interface Parameter {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly description: string;
  readonly isHidden: boolean;
  readonly preset: string;
  readonly allowed: readonly string[] | undefined;
}

interface Validated {
  readonly Parameters: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Label: string;
        readonly Description: string;
        readonly NoEcho: string;
        readonly Default?: unknown;
        readonly AllowedValues?: readonly unknown[];
      }
    >
  >;
}

const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** @throws ApiError that names the line and place of what is wrong */
export async function parametersOf(caller: BrowserCaller, template: string): Promise<Parameter[]> {
  const { Parameters: found } = await caller.call<Validated>('orchestration', 'POST', '/validate', {
    body: { template },
  });
  return Object.entries(found).map(
    ([name, { Type, Label, Description, NoEcho, Default, AllowedValues }]) => ({
      name,
      label: Label,
      type: Type,
      description: Description,
      isHidden: NoEcho === 'true',
      preset: Default === undefined ? '' : wordsOf(Default),
      allowed: AllowedValues?.map(wordsOf),
    }),
  );
}

export interface Foreseen {
  readonly resource_name: string;
  readonly resource_type: string;
}

/** What a stack of it would be made of. */
export async function foresee(caller: BrowserCaller, body: object): Promise<readonly Foreseen[]> {
  const { stack } = await caller.call<{ stack: { resources: Foreseen[] } }>(
    'orchestration',
    'POST',
    '/stacks/preview',
    { body },
  );
  return stack.resources;
}
