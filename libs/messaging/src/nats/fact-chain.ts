import type { Fact } from '@slipway/contracts';

/** Where the stream ends, as far as known. `messageId`: under which its last message was published, null when unsure. */
export type ChainEnd = { readonly sequence: number; readonly messageId: string | null };

export type ChainLink = {
  readonly fact: Fact;
  readonly messageId: string;
  readonly lastSequence: number;
  /** Null: not checked. */
  readonly lastMessageId: string | null;
};

/** The sequence number under which the server has the message, or what it missed. */
export type SendOutcome = { readonly sequence: number } | { readonly refused: string };

/**
 * `phantom`: the server takes a message for one it has, and has it no longer or elsewhere. Its memory of ids outlives the
 * messages, as after a purge.
 */
export type ChainOutcome = {
  readonly published: number;
  readonly end: ChainEnd;
  readonly broken: null | { readonly refused: string } | { readonly phantom: true } | { readonly error: unknown };
};

/**
 * Sends facts many at a time, each of which is only accepted right behind its predecessor: after the first that is not
 * accepted, none is. Expecting the last sequence number makes it so; the message id as well guards against a stream that
 * was made anew in between and happens to be as long.
 */
export async function sendChain(
  facts: readonly Fact[],
  after: ChainEnd,
  idOf: (fact: Fact, sequence: number) => string,
  inFlightMax: number,
  send: (link: ChainLink) => Promise<SendOutcome>,
): Promise<ChainOutcome> {
  const sent: Promise<ChainOutcome['broken']>[] = [];
  const messageIds: string[] = [];
  let isBroken = false;
  for (const [index, fact] of facts.entries()) {
    if (index >= inFlightMax) await sent[index - inFlightMax];
    if (isBroken) break;
    const lastSequence = after.sequence + index;
    const link = { fact, messageId: idOf(fact, lastSequence + 1), lastSequence, lastMessageId: messageIds.at(-1) ?? after.messageId };
    messageIds.push(link.messageId);
    const outcome = sendOne(link, send);
    void outcome.then((broken) => (isBroken ||= broken !== null));
    sent.push(outcome);
  }
  const outcomes = await Promise.all(sent);
  const firstBroken = outcomes.findIndex((broken) => broken !== null);
  const published = firstBroken === -1 ? outcomes.length : firstBroken;
  const end = published === 0 ? after : { sequence: after.sequence + published, messageId: messageIds[published - 1] ?? null };
  return { published, end, broken: outcomes[firstBroken] ?? null };
}

async function sendOne(link: ChainLink, send: (link: ChainLink) => Promise<SendOutcome>): Promise<ChainOutcome['broken']> {
  try {
    const outcome = await send(link);
    if ('refused' in outcome) return outcome;
    return outcome.sequence === link.lastSequence + 1 ? null : { phantom: true };
  } catch (error) {
    return { error };
  }
}
