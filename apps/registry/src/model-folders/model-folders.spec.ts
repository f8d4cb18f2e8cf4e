import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { tempFolder, type TempFolder } from '../testing/model-root.js';
import { ModelFolders, type ModelFolder } from './model-folders.js';

let temp: TempFolder;
let folders: ModelFolders;
let folder: ModelFolder;
beforeEach(async () => {
  temp = tempFolder();
  temp.write('outside/secret.yaml', 'models: []');
  temp.write('root/llama/model-definition.yaml', 'hello');
  temp.write('root/llama/deep/er/x.yaml', 'deep');
  temp.write('root/llama/..hidden.yaml', 'dots are no way out');
  temp.write('root/other/x.yaml', 'other');
  folders = new ModelFolders(path.join(temp.path, 'root'));
  folder = await folders.find('llama');
});
afterEach(() => temp[Symbol.dispose]());

const codeOf = (attempt: Promise<unknown>): Promise<unknown> => attempt.then((value) => ({ value }), (error: { code?: string }) => error.code);
const resolve = (relative: string) => codeOf(folders.resolve(folder, relative, 'f'));
const read = (relative: string) => codeOf(folders.readDefinition(folder, relative));
const link = (target: string, at: string) => symlinkSync(path.join(temp.path, target), path.join(temp.path, at));

describe('model folders', () => {
  it('are found by id', () => {
    expect(folder).toMatchObject({ id: 'llama', name: 'llama', directory: path.join(temp.path, 'root', 'llama') });
  });

  it.each(['', '.', '..', '../outside', 'llama/', 'llama/deep', '/etc', 'llama\0', 'missing', '.hidden', 'x'.repeat(200), '%2e%2e', 'C:\\', 'll\nama'])('are not found by %j', async (id) => {
    expect(await codeOf(folders.find(id))).toBe('MODEL_FOLDER_NOT_FOUND');
  });

  it('are directories: a file is none', async () => {
    temp.write('root/file', 'x');
    expect(await codeOf(folders.find('file'))).toBe('MODEL_FOLDER_NOT_FOUND');
  });

  it('are not found through a link that leads out of the root, and are through one that stays inside', async () => {
    link('outside', 'root/escape');
    link('root/llama', 'root/alias');
    link('root', 'root/itself');
    expect(await codeOf(folders.find('escape'))).toBe('MODEL_FOLDER_NOT_FOUND');
    expect(await codeOf(folders.find('itself'))).toBe('MODEL_FOLDER_NOT_FOUND');
    expect((await folders.find('alias')).id).toBe('alias');
  });

  it('may lie under a root that is itself a link', async () => {
    link('root', 'linked-root');
    const linked = new ModelFolders(path.join(temp.path, 'linked-root'));
    expect(await linked.readDefinition(await linked.find('llama'), 'model-definition.yaml')).toBe('hello');
  });

  it('are not found under a root that does not exist', async () => {
    expect(await codeOf(new ModelFolders(path.join(temp.path, 'nowhere')).find('llama'))).toBe('MODEL_FOLDER_NOT_FOUND');
  });
});

describe('files of a model folder', () => {
  it('are found by relative path, however it is written', async () => {
    for (const relative of ['deep/er/x.yaml', './deep/er/x.yaml', 'deep//er/x.yaml', 'deep/../deep/er/x.yaml', '../llama/deep/er/x.yaml'])
      expect(await read(relative)).toEqual({ value: 'deep' });
    expect(await read('..hidden.yaml')).toEqual({ value: 'dots are no way out' });
  });

  it.each(['', '.', '..', '../other/x.yaml', '../../outside/secret.yaml', 'deep/../../other/x.yaml', '/etc/passwd', 'a\0b', './.', 'deep/..'])('never lie at %j', async (relative) => {
    expect(await resolve(relative)).toBe('PATH_OUTSIDE_ROOT');
    expect(await read(relative)).toBe('PATH_OUTSIDE_ROOT');
  });

  it('are not reached through links that lead out of the folder', async () => {
    link('outside/secret.yaml', 'root/llama/file-link.yaml');
    link('outside', 'root/llama/folder-link');
    link('root/other', 'root/llama/neighbour');
    symlinkSync('../../outside/secret.yaml', path.join(temp.path, 'root/llama/relative-link.yaml'));
    symlinkSync('file-link.yaml', path.join(temp.path, 'root/llama/link-to-link.yaml'));
    for (const relative of ['file-link.yaml', 'folder-link/secret.yaml', 'neighbour/x.yaml', 'relative-link.yaml', 'link-to-link.yaml'])
      expect(await resolve(relative)).toBe('PATH_OUTSIDE_ROOT');
  });

  it('are reached through links that stay inside', async () => {
    symlinkSync('deep/er/x.yaml', path.join(temp.path, 'root/llama/inside.yaml'));
    expect(await read('inside.yaml')).toEqual({ value: 'deep' });
  });

  it('are null where nothing is', async () => {
    symlinkSync('loop', path.join(temp.path, 'root/llama/loop'));
    symlinkSync('nothing', path.join(temp.path, 'root/llama/dangling'));
    for (const relative of ['missing.yaml', 'missing/x', 'model-definition.yaml/x', 'loop', 'dangling', 'x'.repeat(5000)]) expect(await resolve(relative)).toEqual({ value: null });
  });

  it('never leave the folder, whatever the path', async () => {
    const part = fc.constantFrom('..', '.', 'deep', 'er', 'x.yaml', 'other', '', '\0', 'llama', '~', '\u202e', '%2e%2e');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.boolean(), async (parts, absolute) => {
        const outcome = await resolve((absolute ? '/' : '') + parts.join('/'));
        if (typeof outcome === 'object') {
          const { value } = outcome as { value: string | null };
          if (value !== null) expect(value.startsWith(`${folder.directory}/`)).toBe(true);
        } else expect(outcome).toBe('PATH_OUTSIDE_ROOT');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the text of a definition', () => {
  it.each([
    ['a folder', () => void mkdirSync(path.join(temp.path, 'root/llama/d.yaml'))],
    ['a pipe', () => void execFileSync('mkfifo', [path.join(temp.path, 'root/llama/d.yaml')])],
    ['bytes that are no text', () => void temp.write('root/llama/d.yaml', Buffer.from([0xc3, 0x28]))],
    ['too large a file', () => void temp.write('root/llama/d.yaml', 'x'.repeat(70_000))],
  ])('is refused when it is %s', async (_what, make) => {
    make();
    expect(await read('d.yaml')).toBe('MODEL_DEFINITION_INVALID');
  });

  it('is null when there is none', async () => {
    expect(await read('missing.yaml')).toEqual({ value: null });
  });
});
