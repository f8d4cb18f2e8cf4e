import { requireNode } from './node-version.mjs';

requireNode();
// Loaded only now, so that a Node too old to parse the rest still says so.
import('./commands/test.mjs').then(({ testCluster }) => testCluster(process.argv.slice(2)));
