import { readFileSync } from 'node:fs';
import type { FrozenModelDefinition } from '@slipway/domain';
import { tempFolder, TINY_TALES, type TempFolder } from '../testing/model-root.js';
import { checkModelFile } from './model-file.js';
import { ModelFolders } from './model-folders.js';

let temp: TempFolder;
const whole = readFileSync(TINY_TALES);
beforeEach(() => {
  temp = tempFolder();
  temp.write('llama/README.md', 'about');
});
afterEach(() => temp[Symbol.dispose]());

const naming = (modelPath: string): FrozenModelDefinition => ({ text: '', models: [{ name: 'm', modelPath, service: null, metadata: {} }] });

async function check(definition: FrozenModelDefinition | null = null, mountDestination = '/models'): Promise<string> {
  const folders = new ModelFolders(temp.path);
  return checkModelFile(folders, await folders.find('llama'), definition, mountDestination).then(() => 'well', (error: Error) => error.message);
}

describe('the weights of a model folder', () => {
  it('are the only GGUF file when none is named', async () => {
    expect(await check()).toBe('model file llama/*.gguf: there is none; put one *.gguf file into the folder');
    temp.write('llama/model.GGUF', whole);
    expect(await check()).toBe('well');
    temp.write('llama/second.gguf', whole);
    expect(await check()).toBe('model file llama/*.gguf: there are several (model.GGUF, second.gguf); name one as model_path');
  });

  it.each([
    ['weights/a.gguf', '/models'],
    ['./weights/a.gguf', '/models'],
    ['/models/weights/a.gguf', '/models'],
    ['/models/weights/a.gguf', '/models/'],
    ['/srv/w/weights/a.gguf', '/srv/./w'],
  ])('are those the definition names as %s, mounted at %s', async (modelPath, mountDestination) => {
    temp.write('llama/weights/a.gguf', whole);
    temp.write('llama/b.gguf', 'not looked at');
    expect(await check(naming(modelPath), mountDestination)).toBe('well');
  });

  it.each(['../other/a.gguf', '/etc/a.gguf', '/modelsx/a.gguf', '/models/../../a.gguf'])('never lie outside: %s', async (modelPath) => {
    expect(await check(naming(modelPath))).toContain('must stay inside its folder');
  });

  it('are refused when missing, cut short or something else', async () => {
    expect(await check(naming('a.gguf'))).toBe('model file llama/a.gguf: does not exist');
    temp.write('llama/a.gguf', whole.subarray(0, -1));
    expect(await check()).toBe(`model file llama/a.gguf: is cut short: it has ${whole.length - 1} bytes and declares ${whole.length}`);
    temp.write('llama/a.gguf', '<html>');
    expect(await check()).toBe('model file llama/a.gguf: is not a GGUF file');
    temp.write('llama/deep/x', '');
    expect(await check(naming('deep.gguf'))).toContain('does not exist');
  });

  it('may come in parts, of which every one must be whole', async () => {
    const part = (n: number) => `llama/big-0000${n}-of-00003.gguf`;
    for (const n of [1, 2, 3]) temp.write(part(n), whole);
    expect(await check()).toBe('well');
    temp.write(part(2), whole.subarray(0, 1000));
    expect(await check()).toContain('big-00002-of-00003.gguf: is cut short');
  });
});
