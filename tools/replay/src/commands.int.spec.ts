import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openSqliteLogFollower, type RecordedEvent } from '@slipway/event-log';
import { replay } from './fixtures/recorded-terminal.js';
import { DEPLOYMENT, SmallPlatform } from './fixtures/small-platform.js';

let dataDir: string;
let events: readonly RecordedEvent[];

beforeAll(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-spec-'));
  {
    await using platform = await SmallPlatform.start(dataDir);
    await platform.deploy();
    await platform.rollOut('r2');
  }
  await using log = openSqliteLogFollower(path.join(dataDir, 'log.sqlite'));
  events = await Array.fromAsync(log.readAll());
});
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }));

const first = (type: string): RecordedEvent => {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Error(`no ${type} was recorded`);
  return found;
};
const stateOf = async (streamId: string, ...options: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await replay(dataDir, 'state', streamId, ...options)).answer) as Record<string, unknown>;

describe('streams', () => {
  it('lists every stream with its size and span, and counts them by category', async () => {
    const { answer, exitCode } = await replay(dataDir, 'streams');
    const last = events.findLast(({ streamId }) => streamId === `deployment-${DEPLOYMENT}`);
    const span = `${new Date(first('DeploymentCreated').recordedAtMs).toISOString()}  ${new Date(last?.recordedAtMs ?? 0).toISOString()}`;
    expect(answer).toMatch(new RegExp(`^deployment-${DEPLOYMENT} +7  ${span}$`, 'm'));
    expect(answer).toMatch(/^revision +2 +2$/m);
    expect(answer).toMatch(new RegExp(`^all +${new Set(events.map(({ streamId }) => streamId)).size} +${events.length}$`, 'm'));
    expect(exitCode).toBe(0);
  });

  it('keeps to a category or a prefix', async () => {
    const ofCategory = JSON.parse((await replay(dataDir, 'streams', '--category', 'revision', '--json')).answer) as { streams: { stream: string }[] };
    expect(ofCategory.streams.map(({ stream }) => stream)).toEqual(['revision-r1', 'revision-r2']);
    const ofPrefix = JSON.parse((await replay(dataDir, 'streams', '--prefix', 'process-fleet-', '--json')).answer) as typeof ofCategory;
    expect(ofPrefix.streams.map(({ stream }) => stream)).toEqual([`process-fleet-${DEPLOYMENT}`]);
  });

  it('says where it was cut, and goes on from there to the very end', async () => {
    const { notes } = await replay(dataDir, 'streams', '--limit', '1');
    expect(notes).toMatch(/^cut after 1 stream: go on with --after access-/);
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page = JSON.parse((await replay(dataDir, 'streams', '--limit', '3', '--after', after, '--json')).answer) as { streams: { stream: string }[]; next: string | null };
      seen.push(...page.streams.map(({ stream }) => stream));
      after = page.next;
    }
    expect(seen).toEqual([...new Set(events.map(({ streamId }) => streamId))].sort());
  });
});

describe('show', () => {
  it('shows each event with its place, time, actor and data', async () => {
    const { answer, exitCode } = await replay(dataDir, 'show', 'name-default/tiny');
    const { position, recordedAtMs } = first('NameReserved');
    const head = `position ${position}  revision 0  ${new Date(recordedAtMs).toISOString()}  NameReserved v1  by tester`;
    expect(answer).toMatch(new RegExp(`^${head}\\n\\{\\n {2}"atMs": \\d+,\\n {2}"deploymentId": "${DEPLOYMENT}"\\n\\}$`));
    expect(exitCode).toBe(0);
  });

  it('adds ids and metadata when asked to', async () => {
    const { answer } = await replay(dataDir, 'show', 'name-default/tiny', '--verbose');
    expect(answer).toContain(`id ${first('NameReserved').id}`);
    expect(answer).toContain('"commandId"');
  });

  it('shows a part, and says where to go on', async () => {
    const { answer, notes } = await replay(dataDir, 'show', `deployment-${DEPLOYMENT}`, '--from', '1', '--limit', '2');
    expect(answer.match(/revision \d+/g)).toEqual(['revision 1', 'revision 2']);
    expect(notes).toBe('cut after 2 events: go on with --from 3, or raise --limit (at most 100000)');
    const past = await replay(dataDir, 'show', `deployment-${DEPLOYMENT}`, '--from', '999');
    expect([past.exitCode, past.answer]).toEqual([0, '']);
    expect(past.notes).toContain('has no event at revision 999');
  });

  it('names the streams that may have been meant', async () => {
    const misspelt = await replay(dataDir, 'show', 'name-default/tinny');
    expect([misspelt.exitCode, misspelt.notes]).toEqual([2, 'slipway-replay: there is no stream "name-default/tinny": did you mean name-default/tiny?']);
    const onlyItsId = await replay(dataDir, 'show', DEPLOYMENT);
    expect(onlyItsId.notes).toContain(DEPLOYMENT);
    expect((await replay(dataDir, 'show', 'zzz')).notes).toContain('see "streams"');
  });

  it.each(['', '$all', '\u001b[2J', 'x'.repeat(300), 'constructor', '__proto__-1'])('refuses the name %j without repeating it raw', async (name) => {
    const { exitCode, notes } = await replay(dataDir, 'show', name);
    expect(exitCode).toBe(2);
    expect(notes).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(notes.split('\n')).toHaveLength(1);
  });
});

describe('state', () => {
  it('folds every kind of stream', async () => {
    expect(await stateOf(`deployment-${DEPLOYMENT}`)).toMatchObject({ phase: 'living', activeRevisionId: 'r2', history: ['r1'] });
    expect(await stateOf('revision-r1')).toMatchObject({ phase: 'created' });
    expect(await stateOf(`access-${DEPLOYMENT}`)).toMatchObject({ tokens: { t1: { deleted: false } } });
    expect(await stateOf('name-default/tiny')).toEqual({ holder: DEPLOYMENT });
    expect(await stateOf('rollout-activation-r2')).toMatchObject({ phase: 'completed' });
    expect(await stateOf(`replica-${DEPLOYMENT}-0`)).toMatchObject({ phase: 'stopped' });
    expect(await stateOf(`status-${DEPLOYMENT}`)).toMatchObject({ weights: [{ revisionId: 'r2', weightPercent: 100 }] });
    expect(await stateOf(`process-fleet-${DEPLOYMENT}`)).toMatchObject({ deploymentId: DEPLOYMENT, stableRevisionId: 'r2', rollout: null });
    expect(await stateOf(`process-registrar-${DEPLOYMENT}`)).toEqual({ deploymentId: DEPLOYMENT, domain: 'default', name: 'tiny', hostName: null });
  });

  it('prints sorted keys, so that two states can be compared line by line', async () => {
    const { answer, notes } = await replay(dataDir, 'state', `deployment-${DEPLOYMENT}`);
    const keys = [...answer.matchAll(/^ {2}"([^"]+)"/gm)].map(([, key]) => key);
    expect(keys).toEqual([...keys].sort());
    expect(notes).toMatch(/^deployment-.* as of revision 6, position \d+, /);
  });

  it('goes back to a position', async () => {
    const { position } = first('RevisionActivated');
    const streamId = `deployment-${DEPLOYMENT}`;
    expect(await stateOf(streamId, '--at', String(position - 1))).toMatchObject({ activeRevisionId: null, pending: { revisionId: 'r1' } });
    expect(await stateOf(streamId, '--at', String(position))).toMatchObject({ activeRevisionId: 'r1', pending: null });
    expect(await stateOf(streamId, '--at', '1000000')).toMatchObject({ activeRevisionId: 'r2' });
  });

  it('goes back to a time, in UTC when it names no zone', async () => {
    const { recordedAtMs } = first('RevisionActivated');
    const streamId = `deployment-${DEPLOYMENT}`;
    const at = new Date(recordedAtMs).toISOString();
    expect(await stateOf(streamId, '--at', at)).toMatchObject({ activeRevisionId: 'r1' });
    expect(await stateOf(streamId, '--at', at.replace('Z', ''))).toMatchObject({ activeRevisionId: 'r1' });
    expect(await stateOf(streamId, '--at', at.replace('Z', '+00:00'))).toMatchObject({ activeRevisionId: 'r1' });
  });

  it('says since when there is the stream when it is asked for a moment before', async () => {
    const { exitCode, notes } = await replay(dataDir, 'state', 'revision-r2', '--at', '1');
    expect(exitCode).toBe(2);
    expect(notes).toMatch(/^slipway-replay: revision-r2 did not exist at position 1: it begins at position \d+, 20/);
    expect((await replay(dataDir, 'state', 'revision-r2', '--at', '2001-01-01')).notes).toContain('did not exist at 2001-01-01T00:00:00.000Z');
  });

  it.each(['yesterday', '2026-13-01T00:00:00Z', '-1', '1.5', '20/11/2026', ''])('refuses %j as a moment', async (at) => {
    const { exitCode, notes } = await replay(dataDir, 'state', 'revision-r1', `--at=${at}`);
    expect(exitCode).toBe(2);
    expect(notes).toMatch(/is neither a position of the log nor a time/);
  });

  it('answers with its place in JSON', async () => {
    const { position } = first('NameReserved');
    expect(await stateOf('name-default/tiny', '--json')).toMatchObject({ stream: 'name-default/tiny', revision: 0, position, state: { holder: DEPLOYMENT } });
  });
});
