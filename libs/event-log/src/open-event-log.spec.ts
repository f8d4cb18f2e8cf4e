import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { newEvents } from './conformance-events.js';
import { parseLogAddress } from './log-address.js';
import { startLogProcess } from './log-process.js';
import { openEventLogAt, openEventLogReaderAt, openHistoryWriterAt, verifyEventLogAt } from './open-event-log.js';

describe('the address of an event log', () => {
  it('names a file, a server or this process', () => {
    expect(parseLogAddress('data/log.sqlite')).toEqual({ kind: 'sqlite', file: 'data/log.sqlite' });
    expect(parseLogAddress('sqlite:data/log.sqlite')).toEqual({ kind: 'sqlite', file: 'data/log.sqlite' });
    expect(parseLogAddress('sqlite:///var/log.sqlite')).toEqual({ kind: 'sqlite', file: '/var/log.sqlite' });
    expect(parseLogAddress('memory:')).toEqual({ kind: 'memory' });
    expect(parseLogAddress('postgres://u:p@h:1/d')).toEqual({ kind: 'postgres', url: 'postgres://u:p@h:1/d' });
    expect(parseLogAddress('postgresql://h/d?schema=mine&sslmode=require')).toEqual({ kind: 'postgres', url: 'postgresql://h/d?sslmode=require', schema: 'mine' });
    for (const scheme of ['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'])
      expect(parseLogAddress(`${scheme}://h:2113?tls=false`)).toEqual({ kind: 'eventstore', connectionString: `${scheme}://h:2113?tls=false` });
  });

  it('is refused with the forms there are, and without the password it may hold', () => {
    expect(() => parseLogAddress('mysql://root:secret@h/d')).toThrow(/begin with mysql: use sqlite:<file>, postgres:/);
    expect(() => parseLogAddress('mysql://root:secret@h/d')).not.toThrow(/secret/);
    expect(() => parseLogAddress('sqlite:')).toThrow(/names no file/);
  });
});

describe('a log opened by its address', () => {
  let directory: string;
  beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-address-'))));
  afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

  it('can be written, read beside its writer, and verified', async () => {
    const address = `sqlite:${path.join(directory, 'log.sqlite')}`;
    await using log = await openEventLogAt(address, { nowMs: () => 7 });
    await using reader = await openEventLogReaderAt(address);
    await log.append('a-1', newEvents(2), 'none');
    expect(await reader.head()).toBe(2);
    expect(await verifyEventLogAt(address)).toMatchObject({ position: 2 });
    expect((await Array.fromAsync(reader.readAll()))[0]?.recordedAtMs).toBe(7);
    await expect(openHistoryWriterAt('memory:')).rejects.toThrow(TypeError);
    await expect(verifyEventLogAt('esdb://h')).rejects.toThrow(/keeps no hashes/);
  });

  it('loads no driver but the one it needs', async () => {
    const script = `
      const { openEventLogAt } = await import(base + 'index.ts');
      const log = await openEventLogAt(args[0]);
      const { default: modules } = await import('node:module');
      const drivers = () => print(String(Object.keys(modules._cache).some((file) => /node_modules.(pg|@eventstore|@grpc)/.test(file))));
      drivers();
      await import(base + 'postgres/index.ts');
      drivers();
      await log[Symbol.asyncDispose]();`;
    await using embedded = startLogProcess(script, [`sqlite:${path.join(directory, 'log.sqlite')}`]);
    await embedded.printed(2);
    expect(embedded.lines).toEqual(['false', 'true']);
  });
});

