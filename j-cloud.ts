import { writeFile } from 'node:fs/promises';
import { RealCloud } from '#test/support/real-cloud.ts';
const cloud = await RealCloud.start();
await writeFile('/tmp/j-env', `OS_AUTH_URL=${cloud.baseUrl}/identity/v3\nOS_USERNAME=admin\nOS_PASSWORD=${cloud.adminPassword}\nOS_PROJECT_NAME=admin\nOS_USER_DOMAIN_ID=default\nOS_PROJECT_DOMAIN_ID=default\nOS_REGION_NAME=RegionOne\nOS_IDENTITY_API_VERSION=3\nLOG=${cloud.paths.log}\n`);
process.on('SIGTERM', async () => { await cloud.close(); process.exit(0); });
setInterval(() => {}, 1000);
