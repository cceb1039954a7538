import type { RestPlace } from '../../resources/rest.tsx';

export const VOLUMES: RestPlace = {
  service: 'volumev3',
  path: '/volumes',
  listPath: '/volumes/detail',
  collection: 'volumes',
  member: 'volume',
};
