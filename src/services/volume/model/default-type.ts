/** The type of a project's volumes that name none. Its id is the project's. */
export interface DefaultType {
  readonly id: string;
  readonly typeId: string;
  readonly createdAt: string;
}
