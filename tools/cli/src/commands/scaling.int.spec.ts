import { parse } from 'yaml';
import { CliUnderTest } from '../fixtures/cli-under-test.js';
import { PlatformDouble, refusal, TOKEN } from '../fixtures/platform-double.js';
import { evaluation, finding, scalingRule } from '../fixtures/scaling-rules.js';
import { smallDeployment, SINCE } from '../fixtures/small-deployment.js';
import type { ScalingRule } from '../scaling/scaling-rule.js';

const DEPLOYMENT_ID = 'd0000000-0000-4000-8000-000000000001';
const [busy, waiting] = [scalingRule(1, { lastTriggeredAt: SINCE }), scalingRule(2, { metricType: 'requestsWaiting', aggregate: 'P95', minThreshold: null, stepSize: 2, timeWindow: 90, enabled: false })];

let platform: PlatformDouble;
let cli: CliUnderTest;

beforeEach(async () => {
  platform = await PlatformDouble.start();
  has(busy, waiting);
  platform.mutations['createAutoScalingRule'] = ({ input }) => ({ rule: { ...scalingRule(3), minThreshold: null, maxThreshold: null, ...(input as object) } });
  platform.mutations['updateAutoScalingRule'] = ({ input }) => ({ rule: { ...busy, ...(input as object) } });
  platform.mutations['deleteAutoScalingRule'] = ({ input }) => ({ deletedId: (input as { id: string }).id });
  cli = new CliUnderTest();
});
afterEach(async () => {
  cli[Symbol.dispose]();
  await platform[Symbol.asyncDispose]();
});

function has(...rules: readonly ScalingRule[]): void {
  const deployment = smallDeployment();
  platform.deployments = [{ ...deployment, replicaManagement: { ...(deployment['replicaManagement'] as object), autoScalingRules: rules }, scaleEvaluations: [] }];
}
const run = (...argv: readonly string[]) => cli.run(argv, { config: { url: platform.url, token: TOKEN } });
const lastChange = () => [...platform.changes.values()].at(-1);

describe('the rules of a deployment', () => {
  it('are a table for people, and JSON or YAML with the same content for programs', async () => {
    const rows = (await run('scaling', 'list', 'tiny')).out.trimEnd().split('\n').map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ['ID', 'METRIC', 'AGGREGATE', 'BELOW', 'ABOVE', 'STEP', 'REPLICAS', 'COOLDOWN', 'ENABLED', 'LAST TRIGGERED'],
      [busy.id, 'inFlight', 'avg', '2', '8', '1', '1..10', '1m', 'yes', '10m ago'],
      [waiting.id, 'requestsWaiting', 'p95', '-', '8', '2', '1..10', '1m 30s', 'no', 'never'],
    ]);
    const json = JSON.parse((await run('scaling', 'list', 'tiny', '-o', 'json')).out) as unknown;
    const { threshold: _threshold, ...told } = busy;
    expect(json).toMatchObject([told, { id: waiting.id, minThreshold: null }]);
    expect(parse((await run('scaling', 'list', 'tiny', '-o', 'yaml')).out)).toEqual(json);
    has();
    expect((await run('scaling', 'list', 'tiny')).out).toBe('no rules\n');
  });

  it('get another one by options, and the rest is as the platform has it', async () => {
    const ran = await run('scaling', 'add', 'tiny', '--metric', 'inFlight', '--above', '8');
    expect(ran).toMatchObject({ exitCode: 0, err: '', out: `rule ${scalingRule(3).id} of tiny is made: avg inFlight: 1 more above 8, 1 to 10 replicas, 1m between changes\n` });
    // Defaults are the graph's.
    expect(lastChange()).toEqual({
      field: 'createAutoScalingRule',
      args: { input: { deploymentId: DEPLOYMENT_ID, metricType: 'inFlight', maxThreshold: 8, aggregate: 'AVG', stepSize: 1, timeWindow: 60, minReplicas: 1, maxReplicas: 10, enabled: true } },
    });
    const all = ['--metric', 'kvCacheUsage', '--above', '0.9', '--below', '0.25', '--aggregate', 'p95', '--step', '2', '--cooldown', '1h30m', '--min', '3', '--max', '20', '--disabled'];
    expect(await run('scaling', 'add', 'tiny', ...all)).toMatchObject({ exitCode: 0, out: expect.stringMatching(/2 more above 0\.9, 2 fewer below 0\.25, 3 to 20 replicas, 1h 30m between changes; it is not enabled\n$/) });
    expect(lastChange()?.args['input']).toEqual({ deploymentId: DEPLOYMENT_ID, metricType: 'kvCacheUsage', aggregate: 'P95', minThreshold: 0.25, maxThreshold: 0.9, stepSize: 2, timeWindow: 5_400, minReplicas: 3, maxReplicas: 20, enabled: false });
  });

  it.each([
    [['--above', '12'], { maxThreshold: 12 }],
    [['--no-above', '--below', '0'], { maxThreshold: null, minThreshold: 0 }],
    [['--no-below', '--metric', 'in-flight'], { minThreshold: null, metricType: 'inFlight' }],
    [['--disable'], { enabled: false }],
    [['--enable', '--aggregate', 'MAX', '--step', '3'], { enabled: true, aggregate: 'MAX', stepSize: 3 }],
    [['--cooldown', '5m', '--min', '2', '--max', '4'], { timeWindow: 300, minReplicas: 2, maxReplicas: 4 }],
  ])('are changed in what is given alone: %j', async (options, fields) => {
    const ran = await run('scaling', 'change', 'tiny', busy.id, ...options);
    expect(ran).toMatchObject({ exitCode: 0, err: '', out: expect.stringContaining(`rule ${busy.id} of tiny is now: `) });
    expect(lastChange()).toEqual({ field: 'updateAutoScalingRule', args: { input: { deploymentId: DEPLOYMENT_ID, id: busy.id, ...fields } } });
  });

  it('are named by id, how that begins, or the metric that one alone looks at', async () => {
    for (const given of [waiting.id, 'a0000002', 'requestswaiting']) {
      expect(await run('scaling', 'remove', 'tiny', given)).toMatchObject({ exitCode: 0, out: `rule ${waiting.id} of tiny is removed\n` });
      expect(lastChange()).toEqual({ field: 'deleteAutoScalingRule', args: { input: { deploymentId: DEPLOYMENT_ID, id: waiting.id } } });
    }
    platform.changes.clear();
    has(busy, scalingRule(2));
    // Beginnings that are the same for two, or so short that they are a slip.
    for (const given of ['inFlight', 'a000000']) expect(await run('scaling', 'remove', 'tiny', given)).toMatchObject({ exitCode: 2, err: expect.stringContaining(`2 rules\n  fix: give the id: ${busy.id}, ${waiting.id}`) });
    has(busy);
    for (const given of ['a00', 'errorRate']) expect(await run('scaling', 'change', 'tiny', given, '--step', '2')).toMatchObject({ exitCode: 1, err: expect.stringContaining(`NOT_FOUND: there is no rule "${given}"\n  fix: see which there are: "slipway scaling list`) });
    expect(platform.changes.size).toBe(0);
  });
});

describe('what is wrong', () => {
  const add = ['add', 'tiny', '--metric', 'inFlight'];
  it.each([
    [['add', 'tiny', '--above', '8'], "required option '--metric <name>'"],
    [['add', 'tiny', '--metric', 'inFlite', '--above', '8'], 'There is no such metric. Did you mean inFlight?'],
    [add, 'give --above, --below or both'],
    [[...add, '--above', '2', '--below', '2'], '--below 2 is not below --above 2'],
    [[...add, '--above', '8', '--min', '3', '--max', '2'], '--min 3 is more than --max 2'],
    [[...add, '--above', 'much'], 'must be a number'],
    [[...add, '--above', '8', '--aggregate', 'median'], 'avg, min, max, sum, p95'],
    [[...add, '--above', '8', '--step', '0'], 'whole number from 1 to 100'],
    [[...add, '--above', '8', '--max', '1001'], 'whole number from 1 to 1000'],
    [[...add, '--above', '8', '--cooldown', '60'], 'length of time'],
    [[...add, '--above', '8', '--cooldown', '86401s'], 'no longer than 1d'],
    [[...add, '--above', '8', '--no-below'], "unknown option '--no-below'"],
    [['change', 'tiny', 'inFlight'], 'nothing is to be changed'],
    [['change', 'tiny', 'inFlight', '--enable', '--disable'], "'--enable' cannot be used with option '--disable'"],
    [['remove', 'tiny'], "missing required argument 'rule'"],
    [['history', 'tiny', '--limit', '0'], 'whole number from 1'],
  ])('is refused with code 2 before anybody is asked: %j', async (argv, told) => {
    const ran = await run('scaling', ...argv);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(told);
    expect(platform.requests).toBe(0);
  });

  it('to the platform is told in its words, with what to do', async () => {
    platform.mutations['createAutoScalingRule'] = () => {
      throw refusal('TOO_MANY_SCALING_RULES', 'a deployment may have 20 auto-scaling rules; delete one');
    };
    expect(await run('scaling', ...add, '--above', '8')).toMatchObject({ exitCode: 1, out: '', err: 'slipway: TOO_MANY_SCALING_RULES: a deployment may have 20 auto-scaling rules; delete one\n  fix: remove one: "slipway scaling remove <deployment> <rule>"\n' });
    platform.mutations['updateAutoScalingRule'] = () => {
      throw refusal('SCALING_RULE_NOT_FOUND', 'deployment d has no auto-scaling rule r');
    };
    const gone = await run('scaling', 'change', 'tiny', scalingRule(9).id, '--enable', '-o', 'json');
    expect(JSON.parse(gone.err)).toMatchObject({ error: { code: 'SCALING_RULE_NOT_FOUND', fix: 'see which rules there are: "slipway scaling list <deployment>"', exitCode: 1 } });
  });
});

describe('the history of scaling', () => {
  const evaluations = [
    evaluation({ at: '2026-11-21T08:09:00.000Z', desired: 3, findings: [finding(busy, { value: 8.5, crossed: 'ABOVE', heldBack: 'COOLDOWN' })], decided: 3 }),
    evaluation({ at: '2026-11-21T08:08:30.000Z', findings: [finding(busy, { value: 9, crossed: 'ABOVE', asks: 3 })], decided: 3, decidedByRuleId: busy.id }),
  ];

  it('tells, newest first, what was found and why it did or did not scale; programs get it as it is', async () => {
    const asked: unknown[] = [];
    Object.assign(platform.deployments[0] ?? {}, { scaleEvaluations: ({ limit }: { limit: number }) => (asked.push(limit), evaluations.slice(0, limit)) });
    expect((await run('scaling', 'history', 'tiny')).out).toBe(
      [
        '2026-11-21T08:09:00.000Z  stays at 3 replicas',
        '    avg inFlight (a0000001)  8.5, above 8: asks for nothing, since it is too soon after the last change',
        '2026-11-21T08:08:30.000Z  2 -> 3 replicas, by avg inFlight (a0000001)',
        '    avg inFlight (a0000001)  9, above 8: asks for 3 replicas',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await run('scaling', 'history', 'tiny', '--limit', '1', '-o', 'json')).out)).toEqual(evaluations.slice(0, 1));
    expect(asked).toEqual([20, 1]);
  });

  it('tells rules as they were when they were looked at, also one that is gone, in two requests', async () => {
    Object.assign(platform.deployments[0] ?? {}, { scaleEvaluations: [evaluation({ findings: [finding({ ...busy, aggregate: 'MAX', maxThreshold: 16 }, {}), finding(scalingRule(7, { metricType: 'ttftP95Ms', minThreshold: null, maxThreshold: 400 }), {})] })] });
    const { out } = await run('scaling', 'history', 'tiny');
    expect(out).toContain('    max inFlight (a0000001)   5, from 2 to 16\n    avg ttftP95Ms (a0000007)  5, not above 400\n');
    expect(platform.requests).toBe(2);
  });

  it('says that there is none, and what to do where no rule could have one', async () => {
    expect(await run('scaling', 'history', 'tiny')).toMatchObject({ exitCode: 0, out: 'nothing was evaluated yet\n' });
    has();
    const { out } = await run('scaling', 'history', 'tiny');
    expect(await run(...(/slipway (.*)/.exec(out)?.[1] ?? '').split(' '))).toMatchObject({ exitCode: 0 });
    expect(lastChange()?.field).toBe('createAutoScalingRule');
    expect((await run('scaling', 'history', 'tiny', '-o', 'json')).out).toBe('[]\n');
  });
});

it.each(['list', 'add', 'change', 'remove', 'history'])('the examples in the help of scaling %s work when they are pasted', async (name) => {
  const lines = [...(await run('scaling', name, '--help')).out.matchAll(/^ {2}\$ slipway (.*)$/gm)].map(([, line]) => line ?? '');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect([line, await run(...line.split(' '))]).toEqual([line, expect.objectContaining({ exitCode: 0, err: '' })]);
});

it('rules, metrics and ways to aggregate are completed', async () => {
  const complete = async (...words: readonly string[]) => (await run('__complete', '--', 'scaling', ...words)).out.split('\n').slice(0, -1).map((line) => line.split('\t'));
  expect((await complete('')).map(([name]) => name)).toEqual(['list', 'add', 'change', 'remove', 'history', 'help']);
  expect(await complete('remove', 'tiny', '')).toEqual([
    [busy.id, 'avg inFlight: 1 more above 8, 1 fewer below 2, 1 to 10 replicas, 1m between changes'],
    [waiting.id, 'p95 requestsWaiting: 2 more above 8, 1 to 10 replicas, 1m 30s between changes; it is not enabled'],
  ]);
  expect((await complete('add', 'tiny', '--metric', 'latencyP9')).map(([name]) => name)).toEqual(['latencyP95Ms', 'latencyP99Ms']);
  expect((await complete('add', 'tiny', '--aggregate', 'm')).map(([name]) => name)).toEqual(['min', 'max']);
  expect((await complete('change', 'tiny', busy.id, '--no')).map(([name]) => name)).toEqual(['--no-above', '--no-below']);
});
