export { locateNatsServer, locatePostgres, type PostgresBinaries } from './server-binaries.js';
export { startNatsServer, type LocalServer, type LocalServerOptions } from './nats-server.js';
export { startPostgres, type PostgresOptions } from './postgres-server.js';
export { startTemporaryPostgres } from './temporary-postgres.js';
export { freePort, keepPorts } from './server-process.js';
