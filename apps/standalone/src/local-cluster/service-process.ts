import { pathToFileURL } from 'node:url';
import type { SupervisorMessage } from '../supervisor/child-messages.js';

/**
 * Runs a service's own program, given as the first argument, under the cluster's supervisor: it is told to stop over the
 * channel, and does not outlive the supervisor.
 */
const [program] = process.argv.splice(2, 1);
if (program === undefined) throw new Error('no program was given');
process.on('disconnect', () => process.exit(1));
process.on('message', (message: SupervisorMessage) => {
  if (message.type === 'stop') process.kill(process.pid, 'SIGTERM');
});
await import(pathToFileURL(program).href);
