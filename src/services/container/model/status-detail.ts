import type { Container } from './container.ts';

/** `Up 5 mins`, `Exited(1) 3 mins ago (error)`: how long it has been so, in Zun's words. */
export function statusDetail(container: Container, now: Date): string | null {
  const { observed, status } = container;
  const since = (iso: string | null | undefined) => ago(iso, now);
  switch (status) {
    case 'Created':
    case 'Restarting':
    case 'Dead':
      return status;
    case 'Running':
      return `Up ${since(observed?.startedAt)}`;
    case 'Paused':
      return `Up ${since(observed?.startedAt)} (paused)`;
    case 'Stopped': {
      const code = observed?.exitCode ?? 0;
      return `Exited(${code}) ${since(observed?.finishedAt)} ago ${code === 0 ? '' : '(error)'}`;
    }
    default:
      return null;
  }
}

function ago(iso: string | null | undefined, now: Date): string {
  const seconds = iso ? Math.max(0, Math.floor((now.getTime() - Date.parse(iso)) / 1000)) : 0;
  if (seconds < 60) return `${seconds} seconds`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} mins`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} hours`;
  return `${Math.floor(seconds / 86_400)} days`;
}
