import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { CliError } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import type { Invocation } from '../invocation.js';
import { followReplica } from '../logs/follow-replica.js';
import { lastLines, LOGGED_REPLICAS, noReplica, printable, REPLICA, TAIL_MAX, type LoggedReplica, type LogLine } from '../logs/replica-lines.js';
import { examples, wholeNumber } from '../option-values.js';
import { oneLine } from '../output/text-table.js';
import { followChanges } from '../waiting/follow-changes.js';

const TAIL_DEFAULT = 100;
const REPLICA_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}-\d+$/i;

type LogOptions = { readonly replica?: string; readonly tail: number; readonly follow?: true };

/** Whose logs are meant; without a deployment it is one replica, which may be over. */
type Meant = { readonly deploymentId: string | null; readonly replicas: readonly LoggedReplica[] };

export function addLogs(program: Command, invocation: Invocation): void {
  program
    .command('logs')
    .description('what the engines of a deployment print, or one replica; secrets are masked')
    .argument('<deployment|replica>', 'name, domain/name or id; or the id of a replica, also of one that is over')
    .option('--replica <name>', 'only of this one: its name or id')
    .option('--tail <lines>', 'so many of the last lines of each replica', wholeNumber(0, TAIL_MAX), TAIL_DEFAULT)
    .option('-f, --follow', 'and what is printed from now on, by replicas to come too, until they are over or Ctrl-C')
    .addHelpText('after', examples('logs tiny', 'logs tiny --follow --tail 10', 'logs tiny --replica tiny-0 --output json'))
    .action(async (given: string, options: LogOptions) => {
      const graph = invocation.graph();
      const meant = await findMeant(graph, given, options.replica);
      return options.follow === true ? follow(invocation, graph, meant, options.tail) : show(invocation, graph, meant.replicas, options.tail);
    });
}

async function findMeant(graph: GraphClient, given: string, only: string | undefined): Promise<Meant> {
  if (REPLICA_ID.test(given)) {
    const { replica } = await graph.ask(REPLICA, { id: given });
    if (replica === null || (only !== undefined && !isNamed(replica, only))) throw noReplica(only ?? given);
    return { deploymentId: null, replicas: [replica] };
  }
  const { id } = await findDeployment(graph, given);
  const replicas = await replicasOf(graph, id);
  if (only === undefined) return { deploymentId: id, replicas: replicas ?? [] };
  const named = replicas?.find((replica) => isNamed(replica, only));
  if (named === undefined) throw noReplica(only);
  return { deploymentId: null, replicas: [named] };
}

const isNamed = ({ id, name }: LoggedReplica, text: string): boolean => id === text || name === text;

/** Null: the deployment is gone. */
async function replicasOf(graph: GraphClient, id: string): Promise<readonly LoggedReplica[] | null> {
  const { deployment } = await graph.ask(LOGGED_REPLICAS, { id });
  return deployment === null || deployment.status === 'DESTROYED' ? null : deployment.replicaManagement.replicas;
}

/** One that cannot be read hides none of the others. */
async function show({ print, terminal }: Invocation, graph: GraphClient, replicas: readonly LoggedReplica[], tail: number): Promise<void> {
  const read: { readonly replica: LoggedReplica; readonly lines: readonly LogLine[] }[] = [];
  for (const replica of replicas) {
    try {
      read.push({ replica, lines: await lastLines(graph, replica.id, tail) });
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'LOGS_NOT_REACHABLE' || replicas.length === 1) throw error;
      terminal.note(awayText(replica, error));
    }
  }
  const prefix = prefixes(replicas, terminal.colours.cyan);
  print({ data: read, text: () => read.flatMap(({ replica, lines }) => lines.map((line) => lineText(line, prefix(replica)))).join('\n') || 'nothing was printed' });
}

async function follow(invocation: Invocation, graph: GraphClient, { deploymentId, replicas }: Meant, tail: number): Promise<void> {
  const { machine, terminal, printOneOfMany } = invocation;
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, machine.interrupted]);
  const following = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const begin = (replica: LoggedReplica, from: number | null, prefix: string): void => {
    const tell = (line: LogLine): void => printOneOfMany({ data: { replica: { id: replica.id, name: replica.name }, ...line }, text: () => lineText(line, prefix) });
    const onAway = (error: CliError): void => terminal.note(`${awayText(replica, error)}; it goes on as soon as it can`);
    const running = followReplica({ graph, machine, replica, tail: from, isPatient: deploymentId !== null, signal, tell, onAway });
    running.catch((error: unknown) => failures.push(error)); // also thrown below, once the looking has ended
    following.set(replica.id, running);
  };
  try {
    if (deploymentId === null) {
      for (const replica of replicas) begin(replica, tail, '');
    } else {
      const prefix = prefixes(null, terminal.colours.cyan);
      for (const replica of replicas) begin(replica, tail, prefix(replica));
      const ask = () => replicasOf(graph, deploymentId);
      for await (const now of followChanges({ graph, deploymentId, machine, ask, limitMs: null })) {
        if (now === null || failures.length > 0) break;
        for (const replica of now) if (!following.has(replica.id)) begin(replica, null, prefix(replica));
      }
    }
    await Promise.all(following.values());
  } finally {
    left.abort();
    await Promise.allSettled(following.values());
  }
  machine.interrupted.throwIfAborted();
}

/** One replica alone needs none; null: it is not known how many there will be. */
function prefixes(replicas: readonly LoggedReplica[] | null, colour: (text: string) => string): (replica: LoggedReplica) => string {
  return ({ name }) => (replicas?.length === 1 ? '' : `${colour(oneLine(name))} | `);
}

function lineText({ text, skippedLines }: LogLine, prefix: string): string {
  const skipped = skippedLines === 0 ? '' : `${prefix}(${skippedLines} or more lines were skipped)\n`;
  return `${skipped}${prefix}${printable(text)}`;
}

const awayText = ({ name }: LoggedReplica, { code, message }: CliError): string => `${oneLine(name)}: ${code}: ${message}`;
