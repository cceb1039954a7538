import type { Json } from '../../template/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { LIVE, list, map, NEEDED, oneOf, text } from '../rest/fields.ts';
import { serviceUrl } from './signal-url.ts';

/** A machine that is there already, and that nobody of this cloud made: deployments know it by its id. */
export const deployedServer: ResourceType = {
  name: 'OS::Heat::DeployedServer',
  description: 'A server that is there already, as software deployments see it.',
  properties: {
    name: text('What it is called.', LIVE),
    metadata: map('What is known of it.', LIVE),
    software_config_transport: oneOf(
      ['POLL_SERVER_HEAT'],
      'How it learns what to do: it asks this API, with credentials that it has.',
      { ...LIVE, default: 'POLL_SERVER_HEAT' },
    ),
    deployment_swift_data: map('Not used.', LIVE),
  },
  attributes: {
    name: { type: 'string', description: 'What it is called.' },
    os_collect_config: { type: 'map', description: 'The configuration of its os-collect-config.' },
  },
  create: async ({ resource }) => resource.id,
  async update() {
    // the row has it
  },
  async remove() {
    // nothing is kept but the row
  },
  async attribute(run, [name]): Promise<Json> {
    if (name === 'name') return run.properties['name'] ?? run.resource.physicalName;
    if (name !== 'os_collect_config') return null;
    const { stack, resource } = run;
    return {
      collectors: ['ec2', 'heat', 'local'],
      heat: {
        auth_url: await serviceUrl(run, 'identity'),
        project_id: stack.projectId,
        stack_id: `${stack.name}/${stack.id}`,
        resource_name: resource.name,
      },
    };
  },
  async check() {
    // it is somebody else's
  },
};

/** Old templates name here the resources whose metadata a machine may read: whoever may look at a stack may read it. */
export const accessPolicy: ResourceType = {
  name: 'OS::Heat::AccessPolicy',
  description: 'Names resources that somebody may look at.',
  properties: {
    AllowedResources: list('The names of resources of the stack.', NEEDED),
  },
  attributes: {},
  create: async ({ resource }) => resource.physicalName,
  async remove() {
    // nothing is kept but the row
  },
  async check() {
    // nothing can be wrong with it
  },
};
