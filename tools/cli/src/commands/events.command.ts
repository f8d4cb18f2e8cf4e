import { InvalidArgumentError, type Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { collected, examples, instant, wholeNumber } from '../option-values.js';
import type { Answer } from '../output/answer-format.js';
import { oneLine, textTable } from '../output/text-table.js';
import { followTimeline } from '../waiting/follow-timeline.js';

export const ENTITY_KINDS = ['DEPLOYMENT', 'REVISION', 'ROLLOUT', 'REPLICA', 'TOKEN'] as const;
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

export type TimelineEntry = {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly entity: { readonly kind: string; readonly id: string };
  readonly at: string;
  readonly actor: string | null;
  readonly causeId: string | null;
  readonly correlationId: string | null;
  readonly summary: string;
  readonly data: string;
};
export type TimelineFilter = { readonly types?: readonly string[]; readonly actor?: string; readonly from?: string; readonly to?: string; readonly entity?: { readonly kind: string; readonly id?: string } };
type Page = { readonly edges: readonly { readonly cursor: string; readonly node: TimelineEntry }[]; readonly pageInfo: { readonly hasNextPage: boolean } };
export type TimelineVariables = { readonly id: string; readonly filter: TimelineFilter; readonly first: number; readonly after: string | null; readonly order: 'ASC' | 'DESC' };

export const TIMELINE = new Operation<{ deploymentTimeline: Page }, TimelineVariables>(/* GraphQL */ `
  query Timeline($id: ID!, $filter: TimelineFilter, $first: Int!, $after: String, $order: OrderDirection!) {
    deploymentTimeline(deploymentId: $id, filter: $filter, first: $first, after: $after, order: $order) {
      edges { cursor node { id position type entity { kind id } at actor causeId correlationId summary data } }
      pageInfo { hasNextPage }
    }
  }
`);

type EventOptions = {
  readonly follow?: true;
  readonly type?: readonly string[];
  readonly actor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly about?: { readonly kind: string; readonly id?: string };
  readonly limit: number;
  readonly wide?: true;
};

export function addEvents(program: Command, invocation: Invocation): void {
  const { machine } = invocation;
  program
    .command('events')
    .description('what happened to a deployment and to what belongs to it: every fact, with who and why')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-f, --follow', 'and what happens from now on, without a gap, until Ctrl-C')
    .option('--type <fact>', 'only facts of this name, such as RolloutStarted; may be given many times', collected)
    .option('--actor <name>', 'only what this person or process did')
    .option('--since <time>', 'from this time on, or from so long ago', instant(machine.nowMs))
    .option('--until <time>', 'up to this time', instant(machine.nowMs))
    .option('--about <kind[:id]>', `only what is about this: ${ENTITY_KINDS.join(', ').toLowerCase()}`, entityGiven)
    .option('--limit <count>', 'at most so many, the newest ones', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .option('--wide', 'with what the fact is about, and its place in the log')
    .addHelpText('after', examples('events tiny', 'events tiny --follow', 'events tiny --about rollout --since 1h --output json'))
    .action(async (given: string, options: EventOptions) => {
      const graph = invocation.graph();
      const { id } = await findDeployment(graph, given);
      const { entries, cursor } = await newest(graph, id, options);
      const show = (entry: TimelineEntry): Answer => ({ data: withData(entry), text: () => entryLine(entry, options.wide === true) });
      if (options.follow !== true) return invocation.print({ data: entries.map(withData), text: () => table(entries, options.wide === true) });
      for (const entry of entries) invocation.printOneOfMany(show(entry));
      for await (const entry of followTimeline(invocation, graph, id, filterOf(options), cursor)) invocation.printOneOfMany(show(entry));
    });
}

/** The newest ones that match, oldest first, and the place of the newest. */
async function newest(graph: GraphClient, id: string, options: EventOptions): Promise<{ readonly entries: readonly TimelineEntry[]; readonly cursor: string | null }> {
  const { deploymentTimeline } = await graph.ask(TIMELINE, { id, filter: filterOf(options), first: options.limit, after: null, order: 'DESC' });
  const { edges } = deploymentTimeline;
  return { entries: edges.map(({ node }) => node).reverse(), cursor: edges[0]?.cursor ?? null };
}

function filterOf({ type, actor, since, until, about }: EventOptions): TimelineFilter {
  return {
    ...(type === undefined ? {} : { types: type }),
    ...(actor === undefined ? {} : { actor }),
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: until }),
    ...(about === undefined ? {} : { entity: about }),
  };
}

/** The fact itself comes as text; programs get what it says. */
const withData = (entry: TimelineEntry): unknown => ({ ...entry, data: JSON.parse(entry.data) as unknown });

const entryLine = (entry: TimelineEntry, isWide: boolean): string => columnsOf(isWide).map(({ cell }) => oneLine(cell(entry))).join('  ');

const table = (entries: readonly TimelineEntry[], isWide: boolean): string => textTable(columnsOf(isWide), entries, 'nothing happened');

const columnsOf = (isWide: boolean) => [
  { title: 'AT', cell: ({ at }: TimelineEntry) => at },
  { title: 'WHO', cell: ({ actor }: TimelineEntry) => actor ?? '-' },
  { title: 'FACT', cell: ({ type }: TimelineEntry) => type },
  ...(isWide ? [{ title: 'ABOUT', cell: ({ entity }: TimelineEntry) => `${entity.kind.toLowerCase()}:${entity.id}` }, { title: 'POSITION', cell: ({ position }: TimelineEntry) => String(position) }] : []),
  { title: 'WHAT', cell: ({ summary }: TimelineEntry) => summary },
];

/** `rollout`, `replica:<id>`. */
export function entityGiven(text: string): { readonly kind: string; readonly id?: string } {
  const [, kind, id] = /^([a-z]+)(?::(.+))?$/i.exec(text) ?? [];
  const known = ENTITY_KINDS.find((name) => name === kind?.toUpperCase());
  if (known === undefined) throw new InvalidArgumentError(`It must be one of ${ENTITY_KINDS.join(', ').toLowerCase()}, with ":<id>" if one is meant.`);
  return id === undefined ? { kind: known } : { kind: known, id };
}

