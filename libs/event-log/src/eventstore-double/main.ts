import { parseArgs } from 'node:util';
import { startEventStoreDouble } from './eventstore-double.js';

/** The double as a process of its own: prints its connection string as one line and runs until it is told to end. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { port: { type: 'string' }, directory: { type: 'string' }, 'no-batch-append': { type: 'boolean', default: false } },
});

const double = await startEventStoreDouble({
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...(values.directory !== undefined && { directory: values.directory }),
  batchAppend: !values['no-batch-append'],
});
process.stdout.write(`${double.connectionString}\n`);

const end = (): void => void double.stop().then(() => process.exit(0));
process.once('SIGTERM', end).once('SIGINT', end);
