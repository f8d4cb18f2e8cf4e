import type { Scenario } from '../rollout-trials/scenario.js';
import { SCENARIOS } from '../rollout-trials/scenarios.js';
import { tryScenario } from '../rollout-trials/trial.js';
import { PlatformLab } from './platform-lab.js';
import { isCluster } from './platform-shape.js';

const CLIENTS = 8;
/** Of a long stream: 2 s, longer than most steps. */
const LONG_TOKENS = 100;

/** `npm run rollout-trials` plays more of them, longer, and measures; here they are only to fail nothing. */
describe('strategies under load', () => {
  const instances = isCluster() ? 2 : 1;
  let lab: PlatformLab;
  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start(isCluster() ? ['--no-demo', '--instances', '2'] : ['--no-demo']);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it.each([
    ['rolling', 'S1.88 S1.99'],
    ['canary promoted by itself', 'S1.89'],
    ['canary aborted: it errs', 'S1.89'],
    ['blue-green promoted by hand', 'S1.90'],
    ['abort by hand', 'S1.90 S1.99'],
  ])('%s fails no request and cuts no stream (%s)', async (name) => {
    const said: string[] = [];
    const result = await tryScenario(lab, named(name), { clients: CLIENTS, quietMs: 0, longTokens: LONG_TOKENS, instances, tell: (line) => said.push(line) });
    expect({ said, ...result }).toMatchObject({ said: [], failures: [], failed: 0, cut: 0, isOverShare: false, isLogClean: true, broken: null });
    expect(result.requests).toBeGreaterThan(CLIENTS);
  });
});

function named(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}
