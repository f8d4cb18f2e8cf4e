import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelDefinition } from '@slipway/domain';
import { renderPreview } from '../engine-command.js';
import { buildEngineCommand } from './build-engine-command.js';
import { commandOf, contextWith, HOSTILE_WORDS, modelFolder, refusalOf, revisionOf } from '../testing/engine-fixture.js';

const model = (modelPath: string): ModelDefinition => ({ name: 'm', modelPath, service: null, metadata: {} });

describe('the built-in engine on a model folder', () => {
  it('serves the only GGUF file under both names of the deployment, on the port of its placement', async () => {
    await using folder = await modelFolder(['tiny.gguf', 'README.md']);
    const serviceConfig = { maxModelLength: 512, extra: { threads: 1, maxNumSeqs: 4 }, extraCliParameters: '--queue-depth 9' };
    const command = commandOf(await buildEngineCommand(revisionOf('llama.cpp', { serviceConfig }), contextWith({ modelFolder: folder.path })));
    expect(command.argv).toEqual([
      ...['/usr/bin/node', '/slipway/engine/main.js', '--threads=1', '--max-num-seqs=4', '--max-model-len=512', '--queue-depth', '9'],
      ...['--engine=llama', `--model=${folder.path}/tiny.gguf`, '--served-model-name=tiny', '--served-model-name=default/tiny'],
      ...['--host=127.0.0.1', '--port=20123'],
    ]);
  });

  it('tells the key by the environment, never on the command line, and masks it in the preview', async () => {
    await using folder = await modelFolder(['tiny.gguf']);
    const command = commandOf(await buildEngineCommand(revisionOf('llama.cpp'), contextWith({ modelFolder: folder.path })));
    expect(command.environ['SLIPWAY_ENGINE_API_KEY']).toBe('engine-key-1');
    expect(command.argv.join(' ')).not.toContain('engine-key-1');
    expect(renderPreview(command)).toContain('SLIPWAY_ENGINE_API_KEY=*** /usr/bin/node /slipway/engine/main.js');
  });

  it.each([
    ['model_path names a file', ['a.gguf', 'b.gguf'], 'b.gguf', 'b.gguf'],
    ['model_path is below the mount destination', ['a.gguf', 'sub/b.gguf'], '/models/sub/b.gguf', 'sub/b.gguf'],
    ['model_path is the folder', ['a.gguf'], '/models', 'a.gguf'],
    ['the model is split into parts', ['big-00001-of-00002.gguf', 'big-00002-of-00002.gguf'], '.', 'big-00001-of-00002.gguf'],
  ])('chooses the file when %s', async (_, files, modelPath, expected) => {
    await using folder = await modelFolder(files);
    const spec = revisionOf('llama.cpp', { models: [model(modelPath)] });
    const { argv } = commandOf(await buildEngineCommand(spec, contextWith({ modelFolder: folder.path })));
    expect(argv).toContain(`--model=${folder.path}/${expected}`);
  });

  it('says what is wrong when there is no such file, none at all, or several', async () => {
    await using folder = await modelFolder(['a.gguf', 'b.gguf']);
    await using empty = await modelFolder();
    const refusal = async (modelFolder: string, path?: string): Promise<string> =>
      refusalOf(await buildEngineCommand(revisionOf('llama.cpp', path === undefined ? {} : { models: [model(path)] }), contextWith({ modelFolder })));
    expect(await refusal(folder.path)).toBe('the model folder has 2 .gguf files (a.gguf, b.gguf): name one as model_path in the model definition');
    expect(await refusal(empty.path)).toBe('the model folder has no .gguf file');
    expect(await refusal(join(empty.path, 'none'))).toBe('the model folder does not exist');
    expect(await refusal(folder.path, 'c.gguf')).toBe('"c.gguf" is not in the model folder');
  });

  it('opens nothing outside the model folder, by whatever path or link', async () => {
    await using folder = await modelFolder(['a.gguf']);
    await writeFile(join(folder.outside, 'x.gguf'), '');
    await symlink(join(folder.outside, 'x.gguf'), join(folder.path, 'link.gguf'));
    await symlink(folder.outside, join(folder.path, 'way'));
    const paths = ['../outside/x.gguf', '/models/../outside/x.gguf', join(folder.outside, 'x.gguf'), 'link.gguf', 'way/x.gguf', 'a.gguf/../../outside/x.gguf', 'x\0.gguf'];
    for (const path of paths) {
      const spec = revisionOf('llama.cpp', { models: [model(path)] });
      expect(refusalOf(await buildEngineCommand(spec, contextWith({ modelFolder: folder.path })))).toMatch(/leads out of|is not in/);
    }
  });

  it('leaves the flags to the platform that are its own', async () => {
    await using folder = await modelFolder(['a.gguf']);
    for (const extraCliParameters of ['--port 1', '--host=0.0.0.0', '--model x', '--engine mock']) {
      const spec = revisionOf('llama.cpp', { serviceConfig: { extraCliParameters } });
      expect(refusalOf(await buildEngineCommand(spec, contextWith({ modelFolder: folder.path })))).toContain('is set by the platform');
    }
  });

  it('keeps hostile words whole', async () => {
    await using folder = await modelFolder(['a.gguf']);
    for (const word of HOSTILE_WORDS) {
      const quoted = `'${word.replaceAll("'", `'\\''`)}'`;
      const spec = revisionOf('llama.cpp', { serviceConfig: { extraCliParameters: quoted, extra: { gpu: word } } });
      const { argv } = commandOf(await buildEngineCommand(spec, contextWith({ modelFolder: folder.path, deploymentName: word })));
      expect(argv).toEqual(expect.arrayContaining([word, `--gpu=${word}`, `--served-model-name=${word}`]));
      expect(argv).toHaveLength(10);
    }
  });
});

describe('the mock engine', () => {
  it('takes its knobs from environ, service configuration and parameters, the later the stronger', async () => {
    const serviceConfig = { extra: { ttftMs: 5, text: '-x' }, extraCliParameters: '--mock-ttft-ms 6' };
    const context = contextWith({ resolvedEnviron: { MOCK_TTFT_MS: '4', MOCK_ERROR_RATE: '0.5', MOCK_OTHER: '1' } });
    const { argv } = commandOf(await buildEngineCommand(revisionOf('mock', { serviceConfig }), context));
    expect(argv.slice(2)).toEqual([
      ...['--mock-ttft-ms=4', '--mock-error-rate=0.5', '--mock-ttft-ms=5', '--mock-text=-x', '--mock-ttft-ms', '6', '--engine=mock'],
      ...['--served-model-name=tiny', '--served-model-name=default/tiny', '--host=127.0.0.1', '--port=20123'],
    ]);
  });

  it('refuses knobs it does not have', async () => {
    const refusal = async (extra: Record<string, string | boolean>): Promise<string> =>
      refusalOf(await buildEngineCommand(revisionOf('mock', { serviceConfig: { extra } }), contextWith()));
    expect(await refusal({ ttft: '1' })).toMatch(/^serviceConfig\.extra\.ttft is not known; known are ttftMs, /);
    expect(await refusal({ constructor: '1' })).toContain('is not known');
    expect(await refusal({ ttftMs: true })).toBe('serviceConfig.extra.ttftMs is not text or a number');
  });
});

describe('other variants', () => {
  it.each(['nim', 'huggingface-tgi', 'sglang', 'modular-max', 'cmd'] as const)('%s is unsupported as a local process, and says so', async (variant) => {
    expect(await buildEngineCommand(revisionOf(variant), contextWith())).toMatchObject({ type: 'refused', reason: 'UNSUPPORTED' });
  });

  it('refuses a replica over several nodes', async () => {
    const spec = { ...revisionOf('mock'), clusterConfig: { mode: 'MULTI_NODE', size: 3 } as const };
    expect(await buildEngineCommand(spec, contextWith())).toMatchObject({ type: 'refused', reason: 'UNSUPPORTED' });
  });
});
