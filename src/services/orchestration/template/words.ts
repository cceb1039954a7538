/** What the two languages call the same things. */
export interface Words {
  readonly sections: {
    readonly description: string;
    readonly parameters: string;
    readonly parameterGroups: string | null;
    readonly mappings: string | null;
    readonly resources: string;
    readonly outputs: string;
    /** In versions that have conditions. */
    readonly conditions: string;
  };
  readonly resource: {
    readonly type: string;
    readonly properties: string;
    readonly metadata: string;
    readonly dependsOn: string;
    readonly deletionPolicy: string;
    readonly updatePolicy: string;
    readonly description: string;
    readonly condition: string;
    /** In versions that have conditions. */
    readonly externalId: string | null;
  };
  readonly output: { readonly description: string; readonly value: string; readonly condition: string };
}

export const HOT_WORDS: Words = {
  sections: {
    description: 'description',
    parameters: 'parameters',
    parameterGroups: 'parameter_groups',
    mappings: null,
    resources: 'resources',
    outputs: 'outputs',
    conditions: 'conditions',
  },
  resource: {
    type: 'type',
    properties: 'properties',
    metadata: 'metadata',
    dependsOn: 'depends_on',
    deletionPolicy: 'deletion_policy',
    updatePolicy: 'update_policy',
    description: 'description',
    condition: 'condition',
    externalId: 'external_id',
  },
  output: { description: 'description', value: 'value', condition: 'condition' },
};

export const CFN_WORDS: Words = {
  sections: {
    description: 'Description',
    parameters: 'Parameters',
    parameterGroups: null,
    mappings: 'Mappings',
    resources: 'Resources',
    outputs: 'Outputs',
    conditions: 'Conditions',
  },
  resource: {
    type: 'Type',
    properties: 'Properties',
    metadata: 'Metadata',
    dependsOn: 'DependsOn',
    deletionPolicy: 'DeletionPolicy',
    updatePolicy: 'UpdatePolicy',
    description: 'Description',
    condition: 'Condition',
    externalId: null,
  },
  output: { description: 'Description', value: 'Value', condition: 'Condition' },
};
