import { command } from '../command.mjs';
import { prepareToRun } from '../prepare.mjs';
import { during } from '../progress.mjs';
import { runScript } from '../run-script.mjs';
import { fetchServers, missingLines, missingServers } from '../servers.mjs';

/** `npm run cluster [-- options]`: the platform as a process per service, with the servers that takes. */
export const cluster = (options) =>
  command(async () => {
    const node = await prepareToRun();
    if (missingServers().length > 0) {
      const fetched = await during('Fetching servers', () => fetchServers());
      missingLines(fetched).forEach((line) => process.stderr.write(`${line}\n`));
    }
    return runScript(node, 'apps/standalone/dist/local-cluster/main.js', options);
  });
