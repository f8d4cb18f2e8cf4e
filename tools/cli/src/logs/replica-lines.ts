import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';

/** As many lines as the platform tells at once. */
export const TAIL_MAX = 1000;

export type LogLine = { readonly text: string; readonly cut: boolean; readonly skippedLines: number; readonly cursor: string };
export type LoggedReplica = { readonly id: string; readonly name: string; readonly status: string };

export const REPLICA = new Operation<{ replica: LoggedReplica | null }, { id: string }>(/* GraphQL */ `
  query LoggedReplica($id: ID!) { replica(id: $id) { id name status } }
`);
export const LOGGED_REPLICAS = new Operation<{ deployment: { readonly status: string; readonly replicaManagement: { readonly replicas: readonly LoggedReplica[] } } | null }, { id: string }>(/* GraphQL */ `
  query LoggedReplicas($id: ID!) { deployment(id: $id) { status replicaManagement { replicas { id name status } } } }
`);
export const LAST_LINES = new Operation<{ replica: { readonly logs: { readonly lines: readonly LogLine[] } | null } | null }, { id: string; tail: number }>(/* GraphQL */ `
  query LastLines($id: ID!, $tail: Int!) { replica(id: $id) { logs(tail: $tail) { lines { text cut skippedLines cursor } } } }
`);
export const FURTHER_LINES = new Operation<{ replicaLogs: LogLine }, { id: string; after: string }>(/* GraphQL */ `
  subscription FurtherLines($id: ID!, $after: String!) { replicaLogs(replicaId: $id, after: $after) { text cut skippedLines cursor } }
`);

export async function lastLines(graph: GraphClient, id: string, tail: number): Promise<readonly LogLine[]> {
  const { replica } = await graph.ask(LAST_LINES, { id, tail });
  if (replica === null) throw noReplica(id);
  return replica.logs?.lines ?? [];
}

export const noReplica = (given: string): CliError =>
  new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no replica "${given}"`, 'see which there are: "slipway get <deployment>"');

/** Colours stay; nothing else an engine prints may steer the terminal. */
export function printable(text: string): string {
  const harmless = text.replace(/\u001b(?!\[[\d;]*m)|[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f-\u009f]/g, '');
  return harmless.includes('\u001b') ? `${harmless}\u001b[0m` : harmless;
}
