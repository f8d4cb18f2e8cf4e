import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineOutcome } from '../engine-command.js';
import type { JsonObject, PreStartAction } from '@slipway/domain';
import { buildEngineCommand, readinessOf } from './build-engine-command.js';
import { fillIn } from './custom-engine.js';
import { commandOf, contextWith, HOSTILE_WORDS, modelFolder, refusalOf, revisionOf } from '../testing/engine-fixture.js';

type Folder = Awaited<ReturnType<typeof modelFolder>>;

function build(folder: Folder, startCommand: readonly string[], preStartActions: readonly PreStartAction[] = [], modelPath = '/models'): Promise<EngineOutcome> {
  const service = { startCommand, preStartActions, port: 8000, healthCheck: null };
  const spec = revisionOf('custom', { models: [{ name: 'm', modelPath, service, metadata: {} }] });
  const placement = { host: '127.0.0.1', port: 20_123, runFolder: folder.runFolder };
  return buildEngineCommand(spec, contextWith({ modelFolder: folder.path, placement }));
}

describe('a custom engine', () => {
  it('runs the start command of the model definition with its placeholders filled in (S4.9)', async () => {
    await using folder = await modelFolder(['serve.py']);
    const words = ['python', '/models/serve.py', '{model_path}', '--port={port}', '-p', '$PORT', '--bind', '${PORT}', '{host}', '$PORTS', '8000', '--at=8000'];
    const command = commandOf(await build(folder, words));
    expect(command.argv).toEqual([
      ...['python', `${folder.path}/serve.py`, folder.path, '--port=20123', '-p', '20123', '--bind', '20123', '127.0.0.1'],
      ...['$PORTS', '20123', '--at=20123'],
    ]);
    expect(command.environ).toMatchObject({ PORT: '20123', SLIPWAY_PORT: '20123', MODEL_PATH: folder.path, SLIPWAY_ENGINE_API_KEY: 'engine-key-1' });
  });

  it('keeps hostile words whole, also where something is filled in', async () => {
    await using folder = await modelFolder();
    const { argv } = commandOf(await build(folder, ['serve', ...HOSTILE_WORDS, ...HOSTILE_WORDS.map((word) => `${word}{port}`)]));
    expect(argv.slice(1)).toEqual([...HOSTILE_WORDS, ...HOSTILE_WORDS.map((word) => `${word}20123`)]);
  });

  it('does not fill in what was filled in', () => {
    expect(fillIn('{model_path}', { modelPath: '/m/{port}', port: 1, host: 'h', declaredPort: 8000 })).toBe('/m/{port}');
  });

  it('names nothing outside the model folder', async () => {
    await using folder = await modelFolder();
    await symlink(folder.outside, join(folder.path, 'way'));
    expect(refusalOf(await build(folder, ['serve', '/models/../outside']))).toContain('leads out of');
    expect(refusalOf(await build(folder, ['serve'], [], '/models/way'))).toContain('leads out of');
    expect(refusalOf(await build(folder, ['serve'], [], '/etc'))).toContain('is not in');
  });

  it('takes its health check from the definition, which may have none', () => {
    expect(readinessOf(revisionOf('custom'))).toBeNull();
    expect(readinessOf(revisionOf('llama.cpp'))).toMatchObject({ path: '/health' });
    expect(readinessOf(revisionOf('cmd'))).toBeNull();
  });
});

describe('actions before the start', () => {
  const act = (folder: Folder, ...actions: [string, JsonObject][]) => build(folder, ['serve'], actions.map(([action, args]) => ({ action, args })));

  it('make folders and files in the folder of the replica, as often as they are done', async () => {
    await using folder = await modelFolder();
    const mode = 0o640;
    for (let times = 0; times < 2; times++)
      commandOf(await act(folder, ['mkdir', { path: 'a/b' }], ['write_file', { filename: 'a/c/x.sh', body: 'echo', mode: '640' }], ['log', { message: 'hello' }]));
    expect((await stat(join(folder.runFolder, 'a/b'))).isDirectory()).toBe(true);
    expect(await readFile(join(folder.runFolder, 'a/c/x.sh'), 'utf8')).toBe('echo');
    expect((await stat(join(folder.runFolder, 'a/c/x.sh'))).mode & 0o777).toBe(mode);
  });

  it('are refused by name when they are not supported', async () => {
    await using folder = await modelFolder();
    const outcome = await act(folder, ['log', {}], ['run_command', { command: ['rm', '-rf', '/'] }]);
    expect(outcome).toMatchObject({ type: 'refused', reason: 'UNSUPPORTED', message: expect.stringMatching(/^pre_start_actions\[1\] run_command: /) });
    expect(refusalOf(await act(folder, ['write_file', { filename: 'x', body: '', append: true }]))).toContain('args.append is not supported');
  });

  it('reach nothing outside that folder, also over links left there', async () => {
    await using folder = await modelFolder();
    await symlink(folder.outside, join(folder.runFolder, 'way'));
    await writeFile(join(folder.outside, 'target'), 'untouched');
    await symlink(join(folder.outside, 'target'), join(folder.runFolder, 'link'));
    for (const filename of ['../x', '/tmp/x', 'way/x', 'way/deep/x', 'a/../../x', '.', '', 'a\0b', 'link', 'way'])
      refusalOf(await act(folder, ['write_file', { filename, body: 'harm' }]));
    for (const path of ['../x', 'way/x', '/tmp/x']) refusalOf(await act(folder, ['mkdir', { path }]));
    expect(await readFile(join(folder.outside, 'target'), 'utf8')).toBe('untouched');
    await expect(stat(join(folder.outside, 'x'))).rejects.toThrow('ENOENT');
  });

  it('say what is wrong with their arguments', async () => {
    await using folder = await modelFolder();
    const wrong: JsonObject[] = [{ filename: 'x' }, { filename: 'x', body: 1 }, { filename: 'x', body: '', mode: '9' }, { filename: 'x', body: 'y'.repeat(1024 * 1024 + 1) }, { body: '' }];
    for (const args of wrong) expect(refusalOf(await act(folder, ['write_file', args]))).toMatch(/^pre_start_actions\[0\] write_file: /);
    expect(refusalOf(await act(folder, ['mkdir', { path: 'f' }], ['write_file', { filename: 'f', body: '' }]))).toContain('EISDIR');
    expect(refusalOf(await act(folder, ...Array.from({ length: 101 }, (): [string, JsonObject] => ['log', {}])))).toContain('more than 100');
  });
});
