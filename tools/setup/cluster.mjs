import { requireNode } from './node-version.mjs';

requireNode();
// Loaded only now, so that a Node too old to parse the rest still says so.
import('./commands/cluster.mjs').then(({ cluster }) => cluster(process.argv.slice(2)));
