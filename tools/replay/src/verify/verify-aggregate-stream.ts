import { eventCatalogue, parseEvent } from '@slipway/contracts';
import type { RecordedEvent } from '@slipway/event-log';
import { aggregateFolds, type AggregateCategory, type AnyAggregateFold } from '../folds/aggregate-folds.js';
import { harmless } from '../readable-text.js';
import { transitionRules } from './transition-rules.js';

/**
 * Folds one stream through its decider: every event keeps its contract and may follow the one before. Returns how many
 * events there were and what is wrong first, or null; what follows a wrong event proves nothing more.
 */
export async function verifyAggregateStream(
  category: AggregateCategory,
  id: string,
  events: AsyncIterable<RecordedEvent>,
): Promise<{ readonly events: number; readonly finding: string | null }> {
  const fold: AnyAggregateFold = aggregateFolds[category];
  let state = fold.decider.initialState;
  let count = 0;
  let finding: string | null = null;
  for await (const recorded of events) {
    const expectedRevision = count++;
    if (finding !== null) continue;
    const stepped = step(category, fold, state, recorded, id, expectedRevision);
    if ('finding' in stepped) finding = `${recorded.streamId} at revision ${recorded.revision} (position ${recorded.position}): ${harmless(stepped.finding)}`;
    else ({ state } = stepped);
  }
  return { events: count, finding };
}

type Step = { readonly state: unknown } | { readonly finding: string };

function step(category: AggregateCategory, fold: AnyAggregateFold, state: unknown, recorded: RecordedEvent, id: string, expectedRevision: number): Step {
  if (recorded.revision !== expectedRevision) return { finding: `revision ${expectedRevision} is missing` };
  if (!fold.types.includes(recorded.type)) return { finding: `${recorded.type} does not belong in a ${category} stream` };
  try {
    const event = parseEvent(recorded);
    if (event === null) return { finding: `${recorded.type} is a process's private record` };
    const contractProblem = brokenContract(event);
    if (contractProblem !== null) return { finding: `${recorded.type} breaks its contract: ${contractProblem}` };
    const transitionProblem = transitionRules[category].problem(state, event, id);
    if (transitionProblem !== null) return { finding: `${recorded.type} cannot stand here: ${transitionProblem}` };
    return { state: fold.decider.evolve(state, event) };
  } catch (error) {
    return { finding: (error as Error).message };
  }
}

/** Reading trusts the newest form of an event, which was checked when it was written; here it is checked once more. */
function brokenContract(event: { readonly type: string }): string | null {
  const { type, ...data } = event;
  const { schema } = eventCatalogue[type as keyof typeof eventCatalogue];
  const parsed = schema.safeParse(data);
  if (parsed.success) return null;
  const [issue] = parsed.error.issues;
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not valid'}`;
}
