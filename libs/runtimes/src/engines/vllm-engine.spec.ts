import type { ServiceConfig } from '@slipway/domain';
import { renderPreview } from '../engine-command.js';
import { commandOf, contextWith, HOSTILE_WORDS, modelFolder, refusalOf, revisionOf } from '../testing/engine-fixture.js';
import { vllmCommand, vllmEngine } from './vllm-engine.js';

const tail = ['--served-model-name', 'tiny', 'default/tiny', '--host', '127.0.0.1', '--port', '20123'];
const build = (serviceConfig: ServiceConfig, resolvedEnviron: Record<string, string> = {}) =>
  vllmCommand(revisionOf('vllm', { serviceConfig, environ: resolvedEnviron }), contextWith({ resolvedEnviron }));

describe('the vllm command', () => {
  it.each<[string, ServiceConfig, Record<string, string>, string[]]>([
    ['nothing said (S4.11)', {}, {}, []],
    ['VLLM_QUANTIZATION (S4.13)', {}, { VLLM_QUANTIZATION: 'awq' }, ['--quantization', 'awq']],
    ['VLLM_TP_SIZE (S4.14)', {}, { VLLM_TP_SIZE: '2' }, ['--tensor-parallel-size', '2']],
    ['VLLM_PP_SIZE (S4.15)', {}, { VLLM_PP_SIZE: '3' }, ['--pipeline-parallel-size', '3']],
    ['VLLM_EXTRA_ARGS (S4.16)', {}, { VLLM_EXTRA_ARGS: '--dtype half  --seed=1' }, ['--dtype', 'half', '--seed=1']],
    ['maxModelLength', { maxModelLength: 4096 }, {}, ['--max-model-len', '4096']],
    ['parallelism', { parallelism: { tpSize: 2, ppSize: 1 } }, {}, ['--tensor-parallel-size', '2', '--pipeline-parallel-size', '1']],
    ['extraCliParameters after VLLM_EXTRA_ARGS', { extraCliParameters: '--enable-lora' }, { VLLM_EXTRA_ARGS: '--seed 1' }, ['--seed', '1', '--enable-lora']],
    ['empty variables', {}, { VLLM_QUANTIZATION: '', VLLM_TP_SIZE: '', VLLM_EXTRA_ARGS: '', BACKEND_MODEL_NAME: '' }, []],
  ])('with %s', (_, serviceConfig, environ, expected) => {
    expect(commandOf(build(serviceConfig, environ)).argv).toEqual(['vllm', 'serve', '/folders/m', ...expected, ...tail]);
  });

  it('serves BACKEND_MODEL_NAME too, and shows the flag by both names (S4.12, X25)', () => {
    const command = commandOf(build({}, { BACKEND_MODEL_NAME: 'llama-3' }));
    expect(command.argv).toEqual(['vllm', 'serve', '/folders/m', '--served-model-name', 'llama-3', ...tail.slice(1)]);
    expect(renderPreview(command)).toContain('--model-name llama-3 --served-model-name llama-3 tiny default/tiny');
  });

  it('lets the explicit parallelism win over the variables, and warns (X26)', () => {
    const outcome = build({ parallelism: { tpSize: 2, ppSize: 2 } }, { VLLM_TP_SIZE: '4', VLLM_PP_SIZE: '2' });
    expect(commandOf(outcome).argv).toEqual(expect.arrayContaining(['--tensor-parallel-size', '2', '--pipeline-parallel-size', '2']));
    expect(outcome).toMatchObject({
      warnings: [{ code: 'PARALLELISM_CONFLICT', field: 'modelRuntimeConfig.environ.VLLM_TP_SIZE', message: expect.stringContaining('VLLM_TP_SIZE=4 is ignored') }],
    });
  });

  it('tells the key by the environment only', () => {
    const command = commandOf(build({}));
    expect(command.environ['VLLM_API_KEY']).toBe('engine-key-1');
    expect(command.argv).not.toContain('engine-key-1');
    expect(renderPreview(command)).toContain('VLLM_API_KEY=***');
  });

  it.each([
    ['--port 1', {}],
    ['--host=0.0.0.0', {}],
    ['--api-key abcdef', {}],
    ['"unclosed', {}],
    ['', { VLLM_EXTRA_ARGS: '--uds x' }],
    ['', { VLLM_TP_SIZE: '--host' }],
    ['', { VLLM_PP_SIZE: '2; x' }],
    ['', { VLLM_QUANTIZATION: '--uds=x' }],
    ['', { BACKEND_MODEL_NAME: '--uds=x' }],
  ])('refuses %j with %j', (extraCliParameters, environ) => {
    expect(refusalOf(build({ extraCliParameters }, environ as Record<string, string>))).not.toBe('');
  });

  it('passes hostile words on as single words', () => {
    for (const word of HOSTILE_WORDS) {
      const quoted = `'${word.replaceAll("'", `'\\''`)}'`;
      const { argv } = commandOf(build({ extraCliParameters: quoted }, { VLLM_EXTRA_ARGS: quoted, BACKEND_MODEL_NAME: word, VLLM_QUANTIZATION: word }));
      expect(argv.filter((argument) => argument === word)).toHaveLength(4);
      expect(argv).toHaveLength(3 + 2 + 2 + 8);
    }
  });

  it('needs a checkpoint at the root of the model folder (S4.17)', async () => {
    await using folder = await modelFolder(['config.json']);
    await using nested = await modelFolder(['inner/config.json']);
    const spec = revisionOf('vllm');
    expect(commandOf(await vllmEngine(spec, contextWith({ modelFolder: folder.path }))).argv[2]).toBe(folder.path);
    expect(refusalOf(await vllmEngine(spec, contextWith({ modelFolder: nested.path })))).toContain('at the root of the model folder');
  });
});
