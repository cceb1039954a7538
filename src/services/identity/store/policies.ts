import type { Db } from '#kernel/db/database.ts';
import { Table, type Where } from '#kernel/db/table.ts';
import type { PolicyAssociation, PolicyDocument } from '../model/policy-document.ts';
import type { IdentityTables } from '../tables.ts';

type Executor = Db<IdentityTables>;
type Place = Omit<PolicyAssociation, 'policyId'>;

const policies = new Table<PolicyDocument>('identity_policy', { json: ['extra'] });
const associations = new Table<PolicyAssociation>('identity_policy_association');

/** All SQL on policy documents. */
export const policyStore = {
  find: (db: Executor, id: string) => policies.find(db, { id }),
  list: (db: Executor, where: Where<PolicyDocument>) => policies.list(db, where, ['id']),
  insert: (db: Executor, policy: PolicyDocument) => policies.insert(db, [policy]),
  update: (db: Executor, policy: PolicyDocument) => policies.update(db, { id: policy.id }, policy),
  async delete(db: Executor, id: string): Promise<void> {
    await associations.delete(db, { policyId: id });
    await policies.delete(db, { id });
  },
};

/** All SQL on what policies are for. A place has one policy at most. */
export const policyAssociationStore = {
  find: (db: Executor, where: Where<PolicyAssociation>) => associations.find(db, where),
  list: (db: Executor, policyId: string) =>
    associations.list(db, { policyId }, ['serviceId', 'regionId', 'endpointId']),
  async set(db: Executor, policyId: string, place: Place): Promise<void> {
    await associations.delete(db, place);
    await associations.insert(db, [{ policyId, ...place }]);
  },
  delete: (db: Executor, association: PolicyAssociation) => associations.delete(db, association),
  deleteAt: (db: Executor, where: Partial<Place>) => associations.delete(db, where),
};
