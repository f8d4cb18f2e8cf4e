import * as http from 'node:http';
import * as net from 'node:net';
import { once } from 'node:events';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { newEvents } from './conformance-events.js';
import { EventStoreConnectionStringError } from './eventstore-errors.js';
import { startEventStoreDouble } from './eventstore-double/eventstore-double.js';
import { openEventStoreEventLog } from './eventstore-event-log.js';
import { LogRightsError, LogUnreachableError, LogVersionError } from './log-errors.js';

/** Nobody listens there, and nobody may begin to. */
const UNUSED_PORT = 1;

const refusal = (connectionString: string): Promise<Error> =>
  openEventStoreEventLog(connectionString).then(
    () => new Error('it was opened'),
    (error: Error) => error,
  );

describe('opening the EventStoreDB log', () => {
  it('41 says in one line that nothing answers, who is denied, and what is no EventStoreDB', async () => {
    await using guarded = await startEventStoreDouble({ credentials: { username: 'admin', password: 'secret' } });
    await using log = await openEventStoreEventLog(guarded.connectionString);
    expect(await log.append('a', newEvents(1), 'none')).toMatchObject({ appended: { revision: 0 } });
    const denied = await refusal(guarded.connectionString.replace('secret', 'wrong'));
    expect(denied).toBeInstanceOf(LogRightsError);
    expect(denied.message).toMatch(/^the event log esdb:\/\/localhost:\d+ refuses: access is denied\. Check the login/);
    const nobody = await refusal(`esdb://user:secret@127.0.0.1:${UNUSED_PORT}?tls=false`);
    expect(nobody).toBeInstanceOf(LogUnreachableError);
    const malformed = await refusal('esdb://user:secret@host:port?tls');
    expect(malformed).toBeInstanceOf(EventStoreConnectionStringError);
    for (const { message } of [denied, nobody, malformed]) {
      expect(message).not.toContain('\n');
      expect(message).not.toMatch(/secret|wrong/);
    }
  });

  it('is not taken in by another kind of server, nor by one that says nothing', async () => {
    const strangers = { grpc: await grpcServer(), http: await listening(http.createServer((_, response) => response.end('hello'))), mute: await listening(net.createServer()) };
    const [grpc, web, mute] = await Promise.all(Object.values(strangers).map(({ port }) => refusal(`esdb://127.0.0.1:${port}?tls=false`)));
    expect(grpc).toBeInstanceOf(LogVersionError);
    expect(web).toBeInstanceOf(LogVersionError);
    expect(mute).toBeInstanceOf(LogUnreachableError);
    for (const { stop } of Object.values(strangers)) stop();
  });
});

type Stranger = { readonly port: number; stop(): void };

async function listening(server: net.Server | http.Server): Promise<Stranger> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as net.AddressInfo).port, stop };
}

async function grpcServer(): Promise<Stranger> {
  const server = new Server();
  const port = await new Promise<number>((resolve) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) => resolve(bound)));
  return { port, stop: () => server.forceShutdown() };
}
