import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sampleFacts } from '../conformance/sample-facts.js';
import { waitFor } from '../conformance/wait-for.js';
import { describeWithNats, NatsLab } from '../testing/nats-lab.js';

const SCRIPT = fileURLToPath(new URL('../../../../examples/fact-consumer/fact-consumer.mjs', import.meta.url));

/** Runs the example until it has printed so many facts, then asks it to end. */
async function printed(lab: NatsLab, count: number, ...args: string[]): Promise<{ lines: Record<string, unknown>[]; errors: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { PATH: process.env['PATH'], NATS_URL: new URL(lab.server.url).host } });
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  const exit = once(child, 'exit');
  const lines: Record<string, unknown>[] = [];
  readline.createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  await waitFor('the facts', () => lines.length >= count || child.exitCode !== null);
  child.kill('SIGTERM');
  await exit;
  return { lines, errors };
}

describeWithNats('the example consumer', () => {
  it('prints every fact once, and goes on where it stopped', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const facts = sampleFacts(15);
    await bus.publishFacts(facts.slice(0, 10), null);
    const first = await printed(lab, 10);
    await bus.publishFacts(facts.slice(10), facts[9]!);
    const second = await printed(lab, 5);
    expect([...first.lines, ...second.lines].map(({ position }) => position)).toEqual(facts.map(({ position }) => position));
    expect(first.lines[0]).toMatchObject({ type: 'slipway.DeploymentRenamed.v1', subject: 'deployment-1', data: { number: 1 } });
    expect(first.errors + second.errors).toBe('');
  });

  it('prints those of the subject it is given', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    await bus.publishFacts(sampleFacts(9), null);
    const { lines } = await printed(lab, 4, 'slipway.facts.replica.>', 'replicas');
    expect(lines.map(({ position }) => position)).toEqual([20, 40, 60, 80]);
  });
});
