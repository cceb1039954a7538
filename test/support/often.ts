import { environment } from '#kernel/environment.ts';

/** How often what is random is tried, and how long that may take: a usual run has so much; `HYDRIA_SOAK=20` has twenty times as much. */
export const often = (usual: number): number => usual * Number(environment('HYDRIA_SOAK') ?? 1);
