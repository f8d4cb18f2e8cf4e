import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { Server, ServerCredentials, type Metadata } from '@grpc/grpc-js';
import { append, batchAppend } from './append-calls.js';
import { accessDenied } from './call-errors.js';
import { softDelete, tombstone } from './delete-calls.js';
import { DoubleDatabase } from './double-database.js';
import { read } from './read-calls.js';
import { RecordFile } from './record-file.js';
import { makeSelfSignedCertificate } from './self-signed-certificate.js';
import * as wire from './wire-definitions.js';

/** The real server's limit for all events of one append together. */
export const APPEND_BYTES_MAX = 1_048_576;
/** The real server takes messages of just under 16 MiB. */
const MESSAGE_BYTES_MAX = 16_777_216 - 10_240;
const SERVER_VERSION = '23.10.8';
const LOG_FILE = 'log.records';
const CERTIFICATE_FILE = 'certificate.pem';
const LOOPBACK = '127.0.0.1';
/** TLS names its server, and an address is no name. */
const TLS_HOST = 'localhost';

export type EventStoreDoubleOptions = {
  /** Default: a free one. */
  readonly port?: number;
  /** Where the log is kept, on the disk before anything is acknowledged. Default: in memory. */
  readonly directory?: string;
  /** Whether to offer BatchAppend. Default: true. */
  readonly batchAppend?: boolean;
  /** Asks for this login, over TLS with a certificate of its own, since clients send no login in the clear. Default: anybody may do anything. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** The double's clock, milliseconds since 1970. Default: the system's. */
  readonly nowMs?: () => number;
};

export type EventStoreDouble = AsyncDisposable & {
  /** For a client: with the login and the certificate, when it asks for them. */
  readonly connectionString: string;
  readonly port: number;
  /** Cuts every connection; what was acknowledged stays in the directory. */
  stop(): Promise<void>;
};

/**
 * Speaks EventStoreDB's wire protocol on the loopback interface, with the semantics of version 23.10, for tests on
 * machines without that server. Not spoken: gossip, leaders and followers, persistent subscriptions, projections, access
 * control lists, scavenging. Throws when the port is taken or the directory cannot be used.
 */
export async function startEventStoreDouble(options: EventStoreDoubleOptions = {}): Promise<EventStoreDouble> {
  const nowMs = options.nowMs ?? Date.now;
  if (options.directory !== undefined) await fs.mkdir(options.directory, { recursive: true });
  const opened = options.directory === undefined ? { file: null, records: [] } : await RecordFile.open(path.join(options.directory, LOG_FILE));
  const database = new DoubleDatabase(opened.file, opened.records, nowMs);
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX });
  addServices(server, database, nowMs, options);
  const security = options.credentials === undefined ? null : await secured(options.directory, options.credentials);
  const port = await bind(server, `${LOOPBACK}:${options.port ?? 0}`, security?.credentials ?? ServerCredentials.createInsecure());
  const stop = async (): Promise<void> => {
    server.forceShutdown();
    await database.close();
    await security?.forget();
  };
  const connectionString =
    security === null
      ? `esdb://${LOOPBACK}:${port}?tls=false`
      : `esdb://${security.login}@${TLS_HOST}:${port}?tls=true&tlsCAFile=${encodeURIComponent(security.certificateFile)}`;
  return { connectionString, port, stop, [Symbol.asyncDispose]: stop };
}

function addServices(server: Server, database: DoubleDatabase, nowMs: () => number, options: EventStoreDoubleOptions): void {
  const { username, password } = options.credentials ?? { username: '', password: '' };
  const login = options.credentials === undefined ? null : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const admits = (metadata: Metadata): boolean => login === null || metadata.get('authorization')[0] === login;
  server.addService(wire.StreamsService, {
    read: (call: Parameters<typeof read>[2]) => (admits(call.metadata) ? void read(database, nowMs, call) : call.emit('error', accessDenied())),
    append: (call: Parameters<typeof append>[2], answer: Parameters<typeof append>[3]) =>
      admits(call.metadata) ? append(database, APPEND_BYTES_MAX, call, answer) : answer(accessDenied()),
    batchAppend: (call: Parameters<typeof batchAppend>[2]) =>
      admits(call.metadata) ? batchAppend(database, APPEND_BYTES_MAX, call) : call.emit('error', accessDenied()),
    delete: (call: Parameters<typeof softDelete>[1], answer: Parameters<typeof softDelete>[2]) =>
      admits(call.metadata) ? softDelete(database, call, answer) : answer(accessDenied()),
    tombstone: (call: Parameters<typeof tombstone>[1], answer: Parameters<typeof tombstone>[2]) =>
      admits(call.metadata) ? tombstone(database, call, answer) : answer(accessDenied()),
  });
  server.addService(wire.ServerFeaturesService, {
    getSupportedMethods: (_call: unknown, answer: (error: null, methods: ReturnType<typeof supportedMethods>) => void) =>
      answer(null, supportedMethods(options.batchAppend ?? true)),
  });
}

function supportedMethods(withBatchAppend: boolean) {
  const method = (name: string, features: string[] = []) =>
    new wire.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name).setFeaturesList(features);
  const always = [method('read', ['position', 'events']), method('append'), method('delete'), method('tombstone')];
  const methods = withBatchAppend ? [...always, method('batchappend', ['deadline_duration'])] : always;
  return new wire.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION).setMethodsList(methods);
}

async function secured(directory: string | undefined, { username, password }: { readonly username: string; readonly password: string }) {
  const home = directory ?? (await fs.mkdtemp(path.join(os.tmpdir(), 'eventstore-double-')));
  const certificateFile = path.join(home, CERTIFICATE_FILE);
  const { certificate, privateKey } = makeSelfSignedCertificate(TLS_HOST);
  await fs.writeFile(certificateFile, certificate);
  return {
    certificateFile,
    login: `${encodeURIComponent(username)}:${encodeURIComponent(password)}`,
    credentials: ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) }]),
    forget: async () => (directory === undefined ? fs.rm(home, { recursive: true }) : undefined),
  };
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error))));
}

