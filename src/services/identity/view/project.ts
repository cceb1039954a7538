import type { Project } from '../model/project.ts';

/** A project as Keystone v3 shows it. */
export const projectView = (project: Project, base: string) => ({
  id: project.id,
  name: project.name,
  domain_id: project.domainId,
  parent_id: project.parentId,
  is_domain: false,
  enabled: project.enabled,
  description: project.description,
  tags: project.tags,
  options: project.options,
  links: { self: `${base}/v3/projects/${project.id}` },
});

export const domainView = (domain: Project, base: string) => ({
  id: domain.id,
  name: domain.name,
  enabled: domain.enabled,
  description: domain.description,
  tags: domain.tags,
  options: domain.options,
  links: { self: `${base}/v3/domains/${domain.id}` },
});
