import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openEngine, startEngine, TINY_MODEL_PATH, until } from './engine-under-test.js';

const mock = ['--engine', 'mock', '--mock-ttft-ms', '1'];
const story = { model: 'tiny', messages: [{ role: 'user' as const, content: 'Tell me a story' }] };

const folder = mkdtempSync(join(tmpdir(), 'engine-spec-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function ended(args: readonly string[], env = {}): Promise<{ exit: number | string; stderr: string }> {
  await using engine = startEngine(['--port', '0', ...args], env);
  return { exit: await engine.exited(), stderr: engine.stderr() };
}

describe('an engine that cannot start', () => {
  it('names a model file that is missing, and exits 3', async () => {
    const path = join(folder, 'absent.gguf');
    expect(await ended(['--model', path])).toEqual({
      exit: 3,
      stderr: `engine: cannot load ${path}: there is no such file\n`,
    });
    expect((await ended(['--model', folder])).exit).toBe(3);
  });

  it.each([100, 2_000_000])('names a model file that is cut off after %i bytes and exits 4', async (end) => {
    const path = join(folder, `cut-${end}.gguf`);
    await pipeline(createReadStream(TINY_MODEL_PATH, { end: end - 1 }), createWriteStream(path));
    const { exit, stderr } = await ended(['--model', path]);
    expect(exit).toBe(4);
    expect(stderr).toMatch(/^engine: cannot load \S*\.gguf: \S.*\n$/);
    expect(stderr).toContain(path);
  });

  it('names a file that is no GGUF file, or an empty one, and exits 4', async () => {
    const nonsense = ['', 'not a model', 'GGUF', 'GGUF and then nonsense', `GGUF\u0003\0\0\0${'nonsense'.repeat(100)}`];
    for (const [index, content] of nonsense.entries()) {
      const path = join(folder, `other-${index}.gguf`);
      writeFileSync(path, content);
      const { exit, stderr } = await ended(['--model', path]);
      expect([exit, stderr.trim().split('\n').length]).toEqual([4, 1]);
    }
  });

  it('says what is wrong with its command line in one line, and exits 2', async () => {
    const wrong: [string[], RegExp][] = [
      [[], /--model <path\.gguf> is required/],
      [['--frobnicate'], /--frobnicate/],
      [[...mock, 'stray'], /stray/],
      [[...mock, '--port', '70000'], /--port must be a whole number from 0 to 65535, not '70000'/],
      [[...mock, '--mock-error-rate', '2'], /--mock-error-rate/],
      [['--engine', 'vllm'], /--engine must be llama or mock/],
      [['--model', TINY_MODEL_PATH, '--max-model-len', '4096'], /more than the 512 tokens/],
    ];
    const ends = await Promise.all(wrong.map(async ([args, line]) => ({ line, ...(await ended(args)) })));
    for (const { exit, stderr, line } of ends) {
      expect([exit, stderr.trim().split('\n').length]).toEqual([2, 1]);
      expect(stderr).toMatch(line);
    }
    expect(await ended(mock, { SLIPWAY_ENGINE_API_KEY: '' })).toMatchObject({ exit: 2 });
  });

  it('says that its port is in use, and exits 5', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await until(() => taken.listening);
    const { port } = taken.address() as AddressInfo;
    const { exit, stderr } = await ended([...mock, '--port', String(port)]);
    taken.close();
    expect({ exit, stderr }).toEqual({
      exit: 5,
      stderr: `engine: cannot listen on 127.0.0.1:${port}: the port is in use\n`,
    });
  });

  it('ends with the code asked for after its start delay', async () => {
    expect((await ended([...mock, '--mock-start-delay-ms', '20', '--mock-fail-start', '7'])).exit).toBe(7);
  });

  it('prints its options with examples', async () => {
    expect((await ended(['--help'])).exit).toBe(0);
  });
});

describe('an engine told to stop', () => {
  it.each([
    ['llama.cpp', ['--model', TINY_MODEL_PATH]],
    ['the mock', [...mock, '--mock-tokens', '200', '--mock-tokens-per-second', '400']],
  ])('finishes a running stream first, refusing new work meanwhile (%s)', async (_, args) => {
    await using engine = await openEngine(args);
    const stream = await engine.client.chat.completions.create({ ...story, temperature: 2, seed: 1, stream: true });
    let text = '';
    let end: string | null | undefined;
    let told = false;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      end = chunk.choices[0]?.finish_reason;
      if (told || text === '') continue;
      told = true;
      engine.child.kill('SIGTERM');
      await engine.logged('draining');
      const health = await fetch(`${engine.url}/health`).catch(() => null);
      if (health !== null) expect(health.status).toBe(503);
      const refused = await engine.client.chat.completions.create(story).catch((cause: unknown) => cause);
      expect(refused).toBeInstanceOf(Error);
    }
    expect(['stop', 'length']).toContain(end);
    expect(await engine.exited()).toBe(0);
    await expect(engine.logged('stopped')).resolves.toMatchObject({ complete: true });
  });

  it('cuts what still runs after its drain limit, and exits 0', async () => {
    const slow = ['--mock-tokens', '10000', '--mock-tokens-per-second', '10', '--max-model-len', '20000'];
    await using engine = await openEngine([...mock, ...slow, '--drain-timeout-ms', '50']);
    const stream = await engine.client.chat.completions.create({ ...story, stream: true });
    engine.child.kill('SIGTERM');
    await expect(Array.fromAsync(stream)).rejects.toThrow('stopped before the answer was complete');
    expect(await engine.exited()).toBe(0);
    await expect(engine.logged('stopped')).resolves.toMatchObject({ complete: false });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits at once at the second signal (%s)', async (signal) => {
    const slow = ['--mock-tokens', '10000', '--mock-tokens-per-second', '10', '--max-model-len', '20000'];
    await using engine = await openEngine([...mock, ...slow]);
    const stream = await engine.client.chat.completions.create({ ...story, stream: true });
    engine.child.kill('SIGTERM');
    await engine.logged('draining');
    engine.child.kill(signal);
    expect(await engine.exited()).toBe(signal === 'SIGTERM' ? 143 : 130);
    await expect(Array.fromAsync(stream)).rejects.toThrow();
  });

  it('exits 0 while it is still loading', async () => {
    await using engine = await openEngine([...mock, '--mock-start-delay-ms', '3600000'], { until: 'listening' });
    expect((await fetch(`${engine.url}/health`)).status).toBe(503);
    engine.child.kill('SIGTERM');
    expect(await engine.exited()).toBe(0);
  });
});

describe('an engine whose starter is gone', () => {
  it('serves on when nobody reads its log any more', async () => {
    await using engine = await openEngine([...mock, '--mock-error-rate', '1']);
    engine.child.stdout?.destroy();
    engine.child.stderr?.destroy();
    for (let round = 0; round < 20; round++) // every failure is a log line
      await expect(engine.client.chat.completions.create(story)).rejects.toMatchObject({ status: 500 });
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
  });
});
