import type { Project } from '../model/project.ts';

/** A project as Keystone v3 shows it. */
export const projectView = (project: Project, base: string) => ({
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

export const projectListView = (projects: readonly Project[], base: string) => ({
  projects: projects.map((project) => projectView(project, base)),
  links: { self: `${base}/v3/projects`, previous: null, next: null },
});
