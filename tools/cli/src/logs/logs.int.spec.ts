import { CliUnderTest, type Ran, type Settings } from '../fixtures/cli-under-test.js';
import { PlatformDouble, refusal, TOKEN } from '../fixtures/platform-double.js';
import { smallDeployment } from '../fixtures/small-deployment.js';
import { printable } from './replica-lines.js';

let platform: PlatformDouble;
let cli: CliUnderTest;
/** By replica. */
let printed: Record<string, string[]>;
let statuses: Record<string, string>;
/** Who prints without end stops with its test. */
let ending: AbortController;

const REPLICA = `${smallDeployment().id}-0`;
const OTHER = `${smallDeployment().id}-1`;
const nameOf = (id: string): string => `tiny-${id.slice(-1)}`;

beforeEach(async () => {
  platform = await PlatformDouble.start();
  ending = new AbortController();
  cli = new CliUnderTest();
  platform.deployments = [smallDeployment()];
  printed = { [REPLICA]: ['one', 'two', 'three'] };
  statuses = { [REPLICA]: 'RUNNING' };
  inhabit();
  const lines = (id: string) => (printed[id] ?? []).map((text, index) => ({ text, cut: text.endsWith('…'), skippedLines: 0, cursor: String(index + 1) }));
  platform.queries['replica'] = ({ id }) =>
    statuses[id as string] === undefined ? null : { id, name: nameOf(id as string), status: statuses[id as string], logs: ({ tail }: { tail: number }) => ({ lines: tail === 0 ? [] : lines(id as string).slice(-tail) }) };
  platform.printed = async function* ({ replicaId, after }) {
    const { signal } = ending;
    for (let next = Number(after); !signal.aborted; ) {
      for (const line of lines(replicaId).slice(next)) {
        if (line.cut) break;
        next += 1;
        yield line;
      }
      if (statuses[replicaId] === 'TERMINATED') return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
});
afterEach(async () => {
  ending.abort();
  cli[Symbol.dispose]();
  await platform[Symbol.asyncDispose]();
});

/** Its deployment has the replicas that are there. */
const inhabit = (): void => {
  const replicas = Object.entries(statuses).map(([id, status]) => ({ id, name: nameOf(id), status }));
  Object.assign(platform.deployments[0] ?? {}, { replicaManagement: { readyReplicaCount: replicas.length, desiredReplicaCount: replicas.length, replicas } });
};
const add = (id: string, ...lines: string[]): void => {
  printed[id] = lines;
  statuses[id] = 'RUNNING';
  inhabit();
};
const run = (argv: readonly string[], settings: Settings = {}): Promise<Ran> => cli.run(argv, { ...settings, config: { url: platform.url, token: TOKEN } });

describe('logs', () => {
  it('are the last lines, of several replicas with their names before them', async () => {
    expect(await run(['logs', 'tiny', '--tail', '2'])).toMatchObject({ exitCode: 0, out: 'two\nthree\n' });
    add(OTHER, 'un', '  deux');
    expect((await run(['logs', 'tiny', '--tail', '2'])).out).toBe('tiny-0 | two\ntiny-0 | three\ntiny-1 | un\ntiny-1 |   deux\n');
    expect((await run(['logs', 'tiny', '--replica', 'tiny-1'])).out).toBe('un\n  deux\n');
    expect(JSON.parse((await run(['logs', 'tiny', '--replica', OTHER, '--tail', '1', '-o', 'json'])).out)).toEqual([
      { replica: { id: OTHER, name: 'tiny-1', status: 'RUNNING' }, lines: [{ text: '  deux', cut: false, skippedLines: 0, cursor: '2' }] },
    ]);
  });

  it('are told of one replica by its id, also when it is over', async () => {
    statuses = { [REPLICA]: 'TERMINATED' };
    expect((await run(['logs', REPLICA, '--tail', '1'])).out).toBe('three\n');
    expect((await run(['logs', REPLICA, '--tail', '0'])).out).toBe('nothing was printed\n');
    expect(await run(['logs', OTHER])).toMatchObject({ exitCode: 1, err: expect.stringContaining(`NOT_FOUND: there is no replica "${OTHER}"`) });
    expect(await run(['logs', 'tiny', '--replica', 'nobody'])).toMatchObject({ exitCode: 1, err: expect.stringContaining('slipway get') });
    expect(await run(['logs', 'tiny', '--tail', '1001'])).toMatchObject({ exitCode: 2 });
  });

  it('of one that cannot be read hide none of the others', async () => {
    add(OTHER, 'un');
    const answer = platform.queries['replica'];
    platform.queries['replica'] = (args) => {
      if (args['id'] === REPLICA) throw refusal('LOGS_NOT_REACHABLE', 'not here');
      return answer?.(args);
    };
    expect(await run(['logs', 'tiny'])).toMatchObject({ exitCode: 0, out: 'tiny-1 | un\n', err: 'tiny-0: LOGS_NOT_REACHABLE: not here\n' });
    expect(await run(['logs', 'tiny', '--replica', 'tiny-0'])).toMatchObject({ exitCode: 3, err: expect.stringContaining('LOGS_NOT_REACHABLE: not here') });
  });

  it('may have colours, but do not steer the terminal', () => {
    expect(printable('\u001b[1;32mok\u001b[2J\tdone\r')).toBe('\u001b[1;32mok[2J\tdone\u001b[0m');
    expect(printable('  plain')).toBe('  plain');
  });
});

describe('logs that are followed', () => {
  it('are told from the tail on, each line once, until the replica is over', async () => {
    printed[REPLICA]?.push('a beginning…');
    const seen: string[] = [];
    const ran = await run(['logs', REPLICA, '--follow', '--tail', '1'], {
      onAnswer: (text) => {
        seen.push(text);
        if (seen.length === 1) printed[REPLICA]?.splice(3, 1, 'a beginning and its end', 'five');
        if (seen.length === 3) statuses[REPLICA] = 'TERMINATED';
      },
    });
    expect([ran.exitCode, seen]).toEqual([0, ['three', 'a beginning and its end', 'five']]);
  });

  it('go on where they broke off, and say that they did', async () => {
    const print = platform.printed;
    let breaks = 2;
    platform.printed = async function* (args) {
      for await (const line of print(args)) {
        yield line;
        if (breaks-- > 0) throw refusal('LOGS_NOT_REACHABLE', 'somebody else leads');
      }
    };
    const seen: string[] = [];
    const ran = await run(['logs', REPLICA, '--follow', '--tail', '1'], {
      onAnswer: (text) => {
        seen.push(text);
        if (seen.length === 1) printed[REPLICA]?.push('four', 'five', 'six');
        if (seen.length === 4) statuses[REPLICA] = 'TERMINATED';
      },
    });
    expect([ran.exitCode, seen]).toEqual([0, ['three', 'four', 'five', 'six']]);
    expect(ran.err).toContain('tiny-0: LOGS_NOT_REACHABLE: somebody else leads; it goes on as soon as it can\n');
  });

  it('are interleaved, with those of replicas to come from their first line on, until Ctrl-C', async () => {
    const seen: string[] = [];
    const ran = await run(['logs', 'tiny', '--follow', '--tail', '1', '-o', 'json'], {
      onAnswer: (text) => {
        const { replica, text: line } = JSON.parse(text) as { replica: { name: string }; text: string };
        seen.push(`${replica.name} ${line}`);
        if (seen.length === 1) add(OTHER, 'un', 'deux');
        if (seen.length === 3) cli.interrupt();
      },
    });
    expect([ran.exitCode, seen]).toEqual([130, ['tiny-0 three', 'tiny-1 un', 'tiny-1 deux']]);
  });

  it('of a deployment wait for one that cannot be read yet; of one replica they fail', async () => {
    add(OTHER, 'un');
    const answer = platform.queries['replica'];
    let isAway = true;
    platform.queries['replica'] = (args) => {
      if (isAway && args['id'] === REPLICA) throw refusal('LOGS_NOT_REACHABLE', 'not here');
      return answer?.(args);
    };
    expect(await run(['logs', REPLICA, '--follow'])).toMatchObject({ exitCode: 3, err: expect.stringContaining('not here') });
    const seen: string[] = [];
    await run(['logs', 'tiny', '--follow', '--tail', '1'], {
      onAnswer: (text) => {
        seen.push(text);
        isAway = false;
        if (seen.length === 2) cli.interrupt();
      },
    });
    expect(seen).toEqual(['tiny-1 | un', 'tiny-0 | three']);
  });

  it('end with the deployment', async () => {
    const seen: string[] = [];
    const ran = await run(['logs', 'tiny', '--follow'], {
      onAnswer: (text) => {
        seen.push(text);
        if (seen.length < 3) return;
        statuses[REPLICA] = 'TERMINATED';
        Object.assign(platform.deployments[0] ?? {}, { status: 'DESTROYED' });
      },
    });
    expect([ran.exitCode, seen]).toEqual([0, ['tiny-0 | one', 'tiny-0 | two', 'tiny-0 | three']]);
  });
});
