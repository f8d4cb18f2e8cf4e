import { readConfig } from './config.js';
import { USAGE } from './usage-text.js';

const configOf = (argv: string[], env = {}) => {
  const outcome = readConfig(argv, env);
  if (outcome === 'help' || 'usage' in outcome) throw new Error(JSON.stringify(outcome));
  return outcome.config;
};

describe('the command line', () => {
  it('needs no more than a model, named after its file', () => {
    expect(configOf(['--model', '/models/tiny-tales.gguf'])).toEqual({
      ...{ host: '127.0.0.1', port: 8080, servedNames: ['tiny-tales'], apiKey: null },
      ...{ queueDepth: 256, drainTimeoutMs: 30_000 },
      engine: {
        ...{ type: 'llama', modelPath: '/models/tiny-tales.gguf', contextTokensMax: null },
        ...{ sequences: 8, threads: null, gpu: 'off' },
      },
    });
  });

  it('takes several names, and a key from the environment', () => {
    const config = configOf(['--engine=mock', '--served-model-name', 'a', '--served-model-name', 'b/c'], {
      SLIPWAY_ENGINE_API_KEY: 'secret',
    });
    expect([config.servedNames, config.apiKey]).toEqual([['a', 'b/c'], 'secret']);
  });

  it.each([
    ['--port', '-1'],
    ['--port', '1e3'],
    ['--port', ''],
    ['--max-num-seqs', '0'],
    ['--max-model-len', '99999999999999999999'],
    ['--threads', '1.5'],
    ['--gpu', 'on'],
    ['--served-model-name', ''],
    ['--mock-tokens-per-second', 'NaN'],
  ])('refuses %s %p by name', (option, value) => {
    const engine = option.startsWith('--mock') ? ['--engine', 'mock'] : ['--model', 'x.gguf'];
    expect(readConfig([...engine, `${option}=${value}`], {})).toEqual({ usage: expect.stringContaining(option) as string });
  });

  it('explains every option it knows', () => {
    const known = readConfig(['--help'], {});
    expect(known).toBe('help');
    for (const option of USAGE.match(/^ {2}(--[a-z-]+)/gm) ?? []) {
      const name = option.trim();
      expect(readConfig([name], {})).not.toEqual({ usage: expect.stringContaining('Unknown option') as string });
    }
  });
});
