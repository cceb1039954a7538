import type { Project } from '../model/project.ts';

/** A project as Keystone v3 shows it; a domain is one without a domain or a parent. */
export const projectView = (project: Project, base: string) => ({
  ...project.extra,
  id: project.id,
  name: project.name,
  domain_id: project.isDomain ? null : project.domainId,
  parent_id: project.isDomain ? null : project.parentId,
  is_domain: project.isDomain,
  enabled: project.enabled,
  description: project.description,
  tags: project.tags,
  options: project.options,
  links: { self: `${base}/v3/projects/${project.id}` },
});

export const domainView = (domain: Project, base: string) => ({
  ...domain.extra,
  id: domain.id,
  name: domain.name,
  enabled: domain.enabled,
  description: domain.description,
  tags: domain.tags,
  options: domain.options,
  links: { self: `${base}/v3/domains/${domain.id}` },
});
