import { CreateForm } from '../../resources/create-form.tsx';
import type { ItemFormProps } from '../../resources/definition.ts';
import type { WholeContainer } from './container-overview.tsx';

/** What can be changed while it runs. */
export const EditContainer = ({ item, close }: ItemFormProps<WholeContainer>) => (
  <CreateForm
    kind="container"
    submit="action.save"
    fields={[
      { name: 'name', title: 'create.name', isRequired: true, initial: item.name },
      { name: 'cpu', title: 'create.cpu', kind: 'number', initial: String(item.cpu ?? '') },
      { name: 'memory', title: 'create.memory', kind: 'number', initial: item.memory ?? '' },
    ]}
    schema={async () =>
      (await import('../../../../src/services/container/schema/container.ts')).UpdateContainer
    }
    body={({ name, cpu, memory }) => ({
      ...(name !== item.name && { name }),
      ...(cpu !== undefined && cpu !== String(item.cpu) && { cpu: Number(cpu) }),
      ...(memory !== undefined && memory !== item.memory && { memory }),
    })}
    create={(caller, body) => caller.call('container', 'PATCH', `/containers/${item.uuid}`, { body })}
    close={close}
  />
);
