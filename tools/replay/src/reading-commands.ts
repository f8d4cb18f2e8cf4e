import { Option, type Command } from 'commander';
import { EVENTS_SHOWN_DEFAULT, EVENTS_SHOWN_MAX, showStream } from './commands/show.command.js';
import { showState } from './commands/state.command.js';
import { listStreams, STREAMS_SHOWN_DEFAULT, STREAMS_SHOWN_MAX } from './commands/streams.command.js';
import { STREAM_CATEGORIES } from './folds/aggregate-folds.js';
import { parseMoment } from './moment.js';
import { withLog } from './open-log.js';
import { examples, upTo } from './option-values.js';
import type { Invocation } from './replay-program.js';

/** What answers questions about streams. */
export function addReading(program: Command, invocation: Invocation): void {
  addStreams(program, invocation);
  addShow(program, invocation);
  addState(program, invocation);
}

function addStreams(program: Command, { reading, json, terminal }: Invocation): void {
  program
    .command('streams')
    .description('list the streams, with their sizes and spans, and count them by category')
    .addOption(new Option('--prefix <text>', 'only streams whose name begins so').conflicts('category'))
    .addOption(new Option('--category <name>', 'only streams of one category').choices(STREAM_CATEGORIES))
    .option('--after <stream>', 'go on after this stream')
    .option('--limit <n>', 'streams shown', upTo(STREAMS_SHOWN_MAX), STREAMS_SHOWN_DEFAULT)
    .addHelpText('after', examples('streams', 'streams --category deployment', 'streams --prefix process-fleet- --limit 10'))
    .action(async (options: { prefix?: string; category?: string; after?: string; limit: number }) => {
      const prefix = options.category === undefined ? (options.prefix ?? '') : `${options.category}-`;
      const given = { prefix, after: options.after ?? null, limit: options.limit, json: json() };
      await reading(({ log: place }) => withLog(place, (log) => listStreams(log, given, terminal)));
    });
}

function addShow(program: Command, { reading, json, terminal }: Invocation): void {
  program
    .command('show')
    .argument('<stream>', 'name of the stream, as "streams" lists it')
    .description('show the events of a stream')
    .option('--from <revision>', 'begin at this revision, from 0', upTo(Number.MAX_SAFE_INTEGER, 0), 0)
    .option('--limit <n>', 'events shown', upTo(EVENTS_SHOWN_MAX), EVENTS_SHOWN_DEFAULT)
    .option('--verbose', 'with ids and metadata: who caused it, through what')
    .addHelpText('after', examples('show name-default/tiny', 'show name-default/tiny --verbose', 'show name-default/tiny --from 0 --limit 1'))
    .action(async (stream: string, { from, limit, verbose }: { from: number; limit: number; verbose?: true }) => {
      const given = { from, limit, verbose: verbose === true, json: json() };
      await reading(({ log: place }) => withLog(place, (log) => showStream(log, stream, given, terminal)));
    });
}

function addState(program: Command, { reading, json, terminal }: Invocation): void {
  program
    .command('state')
    .argument('<stream>', 'name of the stream, as "streams" lists it; process-fleet-<id> and process-registrar-<id> too')
    .description('fold a stream to its state, now or at a position or time')
    .option('--at <position|time>', 'a position of the log, or a time such as 2026-11-20T12:00:00Z')
    .addHelpText('after', examples('state name-default/tiny', 'state name-default/tiny --at "$(date -u +%FT%TZ)"', 'state name-default/tiny --at 1000000'))
    .action(async (stream: string, { at }: { at?: string }) => {
      const given = { at: at === undefined ? null : parseMoment(at), json: json() };
      await reading(({ log: place }) => withLog(place, (log) => showState(log, stream, given, terminal)));
    });
}
