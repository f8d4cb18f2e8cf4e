import { splitStream, streams } from './streams.js';

describe('stream names', () => {
  it.each([
    [streams.deployment('7f-1'), 'deployment', '7f-1'],
    [streams.revision('r'), 'revision', 'r'],
    [streams.access('d'), 'access', 'd'],
    [streams.name('default', 'llama-3'), 'name', 'default/llama-3'],
    [streams.host('llama.example.com'), 'name', 'host//llama.example.com'],
    [streams.rollout('x'), 'rollout', 'x'],
    [streams.replica('x-0'), 'replica', 'x-0'],
    [streams.status('d'), 'status', 'd'],
  ])('%s is of category %s with id %s', (stream, category, id) => {
    expect(splitStream(stream)).toEqual({ category, id });
  });

  it('differ for a host and for a name in a domain called host', () => {
    expect(streams.host('x')).not.toBe(streams.name('host', 'x'));
  });
});
