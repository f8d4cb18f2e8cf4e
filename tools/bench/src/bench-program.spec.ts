import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EXIT_CODES, runBench } from './bench-program.js';
import { benchConfig } from './config.js';

const run = async (...argv: string[]) => {
  const said: string[] = [];
  const config = { ...benchConfig({}), resultsDirectory: path.join(os.tmpdir(), 'slipway-bench-never-made') };
  const exitCode = await runBench(argv, config, { answer: (text) => said.push(text), progress: () => undefined, note: (text) => said.push(text) });
  return { exitCode, said: said.join('\n'), madeResults: existsSync(config.resultsDirectory) };
};

describe('slipway-bench', () => {
  it('refuses rounds and seconds that are no numbers or out of bounds, before anything runs', async () => {
    for (const given of ['0', '-1', '1.5', 'many', '101'])
      expect(await run('log', '--rounds', given)).toMatchObject({ exitCode: EXIT_CODES.usage, madeResults: false });
    expect((await run('log', '--seconds', '61')).said).toContain('from 1 to 60');
    expect(await run('judgement', '--rollouts', '0')).toMatchObject({ exitCode: EXIT_CODES.usage, madeResults: false });
    expect(await run('graph', '--deployments', '0')).toMatchObject({ exitCode: EXIT_CODES.usage, madeResults: false });
    expect(await run('cluster', '--deployments', '0')).toMatchObject({ exitCode: EXIT_CODES.usage, madeResults: false });
  });

  it('names its parts in its help, and refuses others', async () => {
    const { exitCode, said } = await run('--help');
    expect(exitCode).toBe(EXIT_CODES.measured);
    for (const part of ['proxy', 'log', 'platform', 'cluster', 'judgement', 'graph', 'all']) expect(said).toMatch(new RegExp(`^  ${part} `, 'm'));
    expect((await run('database')).exitCode).toBe(EXIT_CODES.usage);
  });
});
