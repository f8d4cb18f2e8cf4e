import { UPDATE_DEPLOYMENT } from '../commands/activate.command.js';
import { PlatformDouble, TOKEN } from '../fixtures/platform-double.js';
import { smallDeployment } from '../fixtures/small-deployment.js';
import { GraphClient } from './graph-client.js';

it('gives each of many changes of one run a key of its own, the same ones every time', async () => {
  await using platform = await PlatformDouble.start();
  platform.mutations['updateModelDeployment'] = () => ({ deployment: smallDeployment() });
  for (const _ of [1, 2]) {
    const graph = new GraphClient({ url: `${platform.url}/graphql`, token: TOKEN, idempotencyKey: 'mine', signal: new AbortController().signal, sleep: async () => undefined });
    for (const desiredReplicaCount of [2, 3]) await graph.change(UPDATE_DEPLOYMENT, { input: { id: 'd', desiredReplicaCount } });
  }
  expect([...platform.changes].map(([key, { args }]) => [key, args['input']])).toEqual([
    ['mine', { id: 'd', desiredReplicaCount: 2 }],
    ['mine.2', { id: 'd', desiredReplicaCount: 3 }],
  ]);
});
