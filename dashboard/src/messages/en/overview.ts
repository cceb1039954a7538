export const overview = {
  'overview.firstSteps': 'First steps',
  'overview.firstStepsText': 'A first container runs in three clicks: it serves a page that says hello.',
  'overview.startHello': 'Start a first container',
  'overview.capacity': 'Capacity',
  'overview.failed': 'What failed lately',
  'overview.allWell': 'Nothing has failed.',
  'overview.workloads': 'Workloads',
  'overview.health': 'Health',
  'overview.cloud': 'Cloud',
} as const;
