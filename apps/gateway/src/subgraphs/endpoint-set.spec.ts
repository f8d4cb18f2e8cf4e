import { EndpointSet } from './endpoint-set.js';

const COOL_DOWN_MS = 100;
const open = (...names: string[]) => {
  let nowMs = 0;
  const set = new EndpointSet(names.map((name) => `http://${name}/graphql`), COOL_DOWN_MS, () => nowMs);
  const hosts = () => set.inTurn().map(({ url }) => url.host);
  const urlOf = (name: string): URL => set.inTurn().find(({ url }) => url.host === name)!.url;
  return { set, hosts, urlOf, advance: (ms: number) => void (nowMs += ms) };
};

describe('the instances of a service', () => {
  it('take turns, and each request knows all of them', () => {
    const { hosts } = open('a', 'b', 'c');
    expect([hosts(), hosts(), hosts(), hosts()].map((turn) => turn.join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('that failed are asked last, until their cool-down is over', () => {
    const { set, hosts, urlOf, advance } = open('a', 'b', 'c');
    set.failed(urlOf('b'));
    for (const turn of [hosts(), hosts(), hosts()]) expect(turn.at(-1)).toBe('b');
    advance(COOL_DOWN_MS);
    expect([hosts()[0], hosts()[0], hosts()[0]].sort()).toEqual(['a', 'b', 'c']);
  });

  it('that answered are asked as ever', () => {
    const { set, hosts, urlOf } = open('a', 'b');
    const b = urlOf('b');
    set.failed(b);
    set.answered(b);
    expect([hosts()[0], hosts()[0]].sort()).toEqual(['a', 'b']);
  });

  it('are all asked when all failed', () => {
    const { set, hosts, urlOf } = open('a', 'b');
    for (const name of ['a', 'b']) set.failed(urlOf(name));
    expect(hosts().sort()).toEqual(['a', 'b']);
    expect(set.inTurn().every(({ failedLately }) => failedLately)).toBe(true);
  });

  it('change their state once: failing twice is no news, nor is answering twice', () => {
    const { set, urlOf } = open('a');
    const a = urlOf('a');
    expect([set.failed(a), set.failed(a), set.answered(a), set.answered(a)]).toEqual([true, false, true, false]);
  });

  it('are at least one, and each has a URL', () => {
    expect(() => new EndpointSet([], COOL_DOWN_MS)).toThrow('at least one URL');
    for (const url of ['registry:4101', 'ftp://a', '', 'not a url']) expect(() => new EndpointSet([url], COOL_DOWN_MS)).toThrow('is not an http or https URL');
  });
});
