/** Rows as they are stored. Times are ISO-8601 text, flags 0 or 1, `*_json` JSON text. */
export interface ImageTables {
  image_image: ImageRow;
  image_member: MemberRow;
  image_task: TaskRow;
  image_md_namespace: NamespaceRow;
  image_md_item: ItemRow;
  image_md_resource_type: ResourceTypeRow;
  image_md_association: AssociationRow;
}

export interface ImageRow {
  id: string;
  name: string | null;
  status: string;
  visibility: string;
  owner: string;
  size: number | null;
  virtual_size: number | null;
  disk_format: string | null;
  container_format: string | null;
  md5: string | null;
  sha512: string | null;
  hidden: number;
  protected: number;
  min_ram: number;
  min_disk: number;
  tags_json: string;
  properties_json: string;
  /** Names of the stores that have the data. */
  stores_json: string;
  receiver: string | null;
  created_at: string;
  updated_at: string;
}

export interface MemberRow {
  image_id: string;
  member: string;
  status: string;
  created_at: string;
  updated_at: string;
}

export interface TaskRow {
  id: string;
  type: string;
  status: string;
  image_id: string;
  owner: string;
  user_id: string;
  request_id: string;
  input_json: string;
  message: string;
  created_at: string;
  updated_at: string;
  /** When it is forgotten; null while it runs. */
  expires_at: string | null;
}

export interface NamespaceRow {
  id: string;
  name: string;
  display_name: string | null;
  description: string | null;
  visibility: string;
  protected: number;
  owner: string;
  created_at: string;
  updated_at: string;
}

export interface ItemRow {
  id: string;
  namespace_id: string;
  kind: string;
  name: string;
  body_json: string;
  created_at: string;
  updated_at: string;
}

export interface AssociationRow {
  namespace_id: string;
  resource_type: string;
  prefix: string | null;
  properties_target: string | null;
  created_at: string;
  updated_at: string;
}

export interface ResourceTypeRow {
  name: string;
  created_at: string;
  updated_at: string;
}
