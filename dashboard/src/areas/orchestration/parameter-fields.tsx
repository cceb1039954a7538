import { PasswordInput, Select, TextInput } from '@mantine/core';
import { useText } from '../../messages/messages.tsx';
import type { Parameter } from './stack-template.ts';

interface ParameterFieldsProps {
  readonly parameters: readonly Parameter[];
  /** Before their names in the form. */
  readonly prefix: string;
  /** What is left empty stays as it was. */
  readonly isKept: boolean;
}

/** What a template asks for: hidden values as passwords, allowed ones to choose from. */
export function ParameterFields({ parameters, prefix, isKept }: ParameterFieldsProps) {
  const text = useText();
  return parameters.map(({ name, label, description, preset, isHidden, allowed }) => {
    const common = {
      name: `${prefix}${name}`,
      label,
      description,
      required: preset === '' && !isKept,
    };
    if (allowed)
      return <Select key={name} {...common} data={[...allowed]} defaultValue={preset || null} clearable />;
    const given = { placeholder: isHidden ? '' : preset || text('create.optional') };
    if (isHidden) return <PasswordInput key={name} {...common} {...given} />;
    return <TextInput key={name} {...common} {...given} />;
  });
}
