import { badRequest, type CloudError } from '#kernel/errors.ts';

export type Path = readonly (string | number)[];

/** Where in which file something stands: `compose.yaml:12`. */
export type Locate = (path: Path) => string;

/** `compose.yaml:12: services.web.ports[0]: it is no port` */
export const problem = (locate: Locate, path: Path, why: string): CloudError =>
  badRequest(`${locate(path)}: ${path.length === 0 ? '' : `${pathText(path)}: `}${why}`);

const pathText = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
