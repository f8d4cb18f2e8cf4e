import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEventLogAt } from '@slipway/event-log';
import { startNatsServer, startPostgres } from '@slipway/local-servers';
import { installDemoModel } from '../demo/demo-model.js';
import { deploymentInput } from './deployments.js';
import { ADMIN_TOKEN, LoneService, SERVICE_LIMIT_MS, settingsFor } from './lone-service.js';
import { waitUntil } from './platform-lab.js';
import { shapeName } from './platform-shape.js';
import { jetStreamByHand, mountSmallDisk, runSql } from './wrong-servers.js';

const STREAM = 'slipway-facts';
const DISK_MEGABYTES = 160;
const UPDATES_MAX = 200;
/** Fills pages of the database quickly, within what a tag may hold. */
const tagsOf = (n: number): string[] => [`update-${n}`, ...Array.from({ length: 20 }, (_, tag) => `${tag}-${'x'.repeat(50)}`)];

const CREATE = 'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }';
const SET_TAGS = 'mutation ($id: ID!, $tags: [String!]) { updateModelDeployment(input: { id: $id, tags: $tags }) { deployment { id } } }';

type Config = { readonly subjects: readonly string[] } & Readonly<Record<string, unknown>>;
type Info = { readonly config: Config; readonly state: { readonly last_seq: number } };
type Answer<T> = { readonly data?: T | null; readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[] };

(shapeName() === 'cluster-postgres' ? describe : describe.skip)('what goes wrong under running services (where there is a cluster on PostgreSQL)', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'slipway-goes-wrong-'));
    chmodSync(directory, 0o711);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('a NATS stream that somebody altered by hand is put right with a line, and facts flow again', async () => {
    await using postgres = await startPostgres({ directory: path.join(directory, 'postgres') });
    await using nats = await startNatsServer({ directory: path.join(directory, 'nats') });
    const right = settingsFor(postgres, nats, directory);
    await using relay = new LoneService('relay', right);
    await using proxy = new LoneService('proxy', right);
    await Promise.all([relay.isReady(), proxy.isReady()]);
    await relay.says(/this instance relays/);
    await using log = await openEventLogAt(postgres.url);
    let written = 0;

    const byHand = <T extends object>(operation: string, request?: object): Promise<T> => jetStreamByHand<T>(nats.port, operation, request);
    const info = (): Promise<Info> => byHand<Info>(`STREAM.INFO.${STREAM}`);
    const update = async (changes: object): Promise<void> => void (await byHand(`STREAM.UPDATE.${STREAM}`, { ...(await info()).config, ...changes }));
    /** The event is on the stream, and the proxy's consumer has passed it. */
    const flows = async (id: string): Promise<boolean> => {
      try {
        const { state } = await info();
        const { message } = await byHand<{ message: { data: string } }>(`STREAM.MSG.GET.${STREAM}`, { seq: state.last_seq });
        const consumer = await byHand<{ ack_floor: { stream_seq: number } }>(`CONSUMER.INFO.${STREAM}.proxy-proxy`);
        return (JSON.parse(Buffer.from(message.data, 'base64').toString()) as { id: string }).id === id && consumer.ack_floor.stream_seq === state.last_seq;
      } catch {
        return false; // not made anew yet
      }
    };
    const anotherFlows = async (what: string): Promise<void> => {
      const id = `note-${(written += 1)}`;
      await log.append('note-1', [{ id, type: 'NoteTaken', version: 1, data: {}, metadata: {} }], 'any');
      await waitUntil(() => flows(id), SERVICE_LIMIT_MS, () => `no fact flows after ${what}: ${[...relay.complaints, ...proxy.complaints].join('\n')}`);
    };
    await anotherFlows('the start');
    const { config } = await info();

    const alterations: readonly [string, () => Promise<unknown>, RegExp | null][] = [
      ['other subjects', () => update({ subjects: ['elsewhere.>'] }), /differed in subjects; it is put right/],
      ['messages of ten bytes at most', () => update({ max_msg_size: 10 }), /differed in max_msg_size; it is put right/],
      ['a purge', () => byHand(`STREAM.PURGE.${STREAM}`), null], // the relay publishes what is missing, readers take it from the log
      ['a deleted consumer', () => byHand(`CONSUMER.DELETE.${STREAM}.proxy-proxy`), /the consumer proxy-proxy was deleted.*made anew/],
      ['a deleted stream', () => byHand(`STREAM.DELETE.${STREAM}`), /the NATS stream slipway-facts was gone; it is made anew/],
    ];
    for (const [what, alter, words] of alterations) {
      const before = [relay.complaints.length, proxy.complaints.length];
      await alter();
      await anotherFlows(what);
      const said = [...relay.complaints.slice(before[0]), ...proxy.complaints.slice(before[1])];
      expect({ what, said }).toEqual({ what, said: words === null ? expect.any(Array) : expect.arrayContaining([expect.stringMatching(words)]) });
      expect(said.length).toBeLessThanOrEqual(2);
      expect((await info()).config).toMatchObject({ subjects: config.subjects, max_msg_size: config['max_msg_size'], retention: config['retention'] });
    }
    expect([relay, proxy].map(({ stderr }) => stderr)).toEqual(['', '']);
  });

  it('a full disk under PostgreSQL: mutations are refused as such, none is half done, and they go on once there is room', async () => {
    await using disk = mountSmallDisk(path.join(directory, 'disk'), DISK_MEGABYTES);
    if (disk === null) return void process.stdout.write('skipped: this user may not mount a small disk\n');
    await using postgres = await startPostgres({ directory: path.join(disk.directory, 'postgres') });
    await using nats = await startNatsServer({ directory: path.join(directory, 'nats-of-the-other') }); // facts are of one log
    installDemoModel(path.join(directory, 'models'));
    const right = settingsFor(postgres, nats, directory);
    await using registry = new LoneService('registry', right);
    await registry.isReady();
    await using gateway = new LoneService('gateway', { ...right, SLIPWAY_SUBGRAPHS: `registry=${registry.url}/graphql` });
    await gateway.isReady();

    const ask = async <T>(query: string, variables: object): Promise<Answer<T>> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` };
      const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      return (await answer.json()) as Answer<T>;
    };
    const created = await ask<{ createModelDeployment: { deployment: { id: string } } }>(CREATE, { input: deploymentInput('cramped', 0, 'mock') });
    expect(created.errors).toBeUndefined();
    const id = created.data?.createModelDeployment.deployment.id;
    const outcomes: { readonly n: number; readonly code: string | null; readonly message: string }[] = [];
    const update = async (): Promise<string | null> => {
      const n = outcomes.length;
      const [error] = (await ask(SET_TAGS, { id, tags: tagsOf(n) })).errors ?? [];
      outcomes.push({ n, code: error?.extensions.code ?? null, message: error?.message ?? '' });
      return error?.extensions.code ?? null;
    };
    expect(await update()).toBeNull();
    disk.fill();
    while ((await update()) !== 'UNAVAILABLE' && outcomes.length < UPDATES_MAX);
    expect(outcomes.at(-1)).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/is not available right now/) as string });
    expect(registry.isRunning).toBe(true);
    process.stdout.write(`a full disk: ${JSON.stringify([...new Set(outcomes.map(({ message }) => message))])}; the log of the registry: ${JSON.stringify(registry.complaints)}\n`);

    disk.makeRoom();
    const gaveItselfUp = await runSql(postgres.url, 'SELECT 1').then(() => false, () => true); // where it could not write its own log
    if (gaveItselfUp) await postgres.stop().then(() => postgres.start());
    await waitUntil(async () => (await update()) === null, SERVICE_LIMIT_MS, () => JSON.stringify(outcomes.at(-1)));
    await Promise.all([registry.isReady(), gateway.isReady()]);

    await using log = await openEventLogAt(postgres.url);
    const recorded: string[] = [];
    for await (const { type, data } of log.readAll({})) if (type === 'DeploymentTagsChanged') recorded.push((data as { tags: string[] }).tags[0] ?? '');
    const named = (codes: readonly (string | null)[]): string[] => outcomes.filter(({ code }) => codes.includes(code)).map(({ n }) => `update-${n}`);
    expect(new Set(recorded).size).toBe(recorded.length);
    expect(recorded).toEqual(expect.arrayContaining(named([null, 'NOT_CAUGHT_UP'])));
    const inDoubt = outcomes.filter(({ message }) => message.includes('look whether it did')).map(({ n }) => `update-${n}`);
    expect(recorded.filter((update) => ![...named([null, 'NOT_CAUGHT_UP']), ...inDoubt].includes(update))).toEqual([]);
    expect(outcomes.filter(({ code }) => code !== null && !['UNAVAILABLE', 'NOT_CAUGHT_UP'].includes(code))).toEqual([]);
  });
});
