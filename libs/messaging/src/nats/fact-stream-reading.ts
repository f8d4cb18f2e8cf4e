import type { JetStreamManager, MsgRequest, StoredMsg } from '@nats-io/jetstream';
import { ALL_FACTS_SUBJECT, parseFactEnvelope, type Fact } from '@slipway/contracts';
import type { FactMark } from '../bus.js';
import { streamInfo } from './fact-stream.js';

/** `sequence` is that of the last message there was; it stays when messages go. */
export type StreamTail = { readonly sequence: number; readonly fact: FactMark | null };

/** Messages that are no facts looked through for one that is. */
const FOREIGN_MESSAGES_MAX = 1_000;
/** An empty stream calls its first message 0, and takes no reader that starts there. */
const FIRST_SEQUENCE = 1;

/** Null when there is no stream. */
export async function readTail(jsm: JetStreamManager, stream: string): Promise<StreamTail | null> {
  const info = await streamInfo(jsm, stream);
  if (info === null) return null;
  const { messages, first_seq, last_seq } = info.state;
  if (messages === 0) return { sequence: last_seq, fact: null };
  // Not `last_by_subj`: 2.9 finds nothing by it once the last message was deleted by hand.
  let message = await jsm.streams.getMessage(stream, { seq: last_seq });
  message ??= await lastBefore(jsm, stream, first_seq, last_seq);
  for (let looked = 0; message !== null && looked < FOREIGN_MESSAGES_MAX; looked++) {
    const fact = factIn(message);
    if (fact !== null) return { sequence: last_seq, fact: { id: fact.id, position: fact.position } };
    message = await lastBefore(jsm, stream, first_seq, message.seq);
  }
  return { sequence: last_seq, fact: null };
}

/** Sequence number from which on the facts after a position are found, or will be; null when there is no stream. */
export async function sequenceAfter(jsm: JetStreamManager, stream: string, position: number): Promise<number | null> {
  const info = await streamInfo(jsm, stream);
  if (info === null) return null;
  let [low, high] = [info.state.first_seq, info.state.last_seq + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const fact = await firstFactFrom(jsm, stream, middle);
    if (fact === null || fact.position > position) high = middle;
    else low = middle + 1;
  }
  return Math.max(low, FIRST_SEQUENCE);
}

/** Null for what is no fact. */
export function factIn(message: { readonly data: Uint8Array }): Fact | null {
  try {
    return parseFactEnvelope(JSON.parse(new TextDecoder().decode(message.data)));
  } catch {
    return null;
  }
}

async function firstFactFrom(jsm: JetStreamManager, stream: string, sequence: number): Promise<Fact | null> {
  for (let looked = 0, from = sequence; looked < FOREIGN_MESSAGES_MAX; looked++) {
    const message = await messageFrom(jsm, stream, from);
    const fact = message === null ? null : factIn(message);
    if (message === null || fact !== null) return fact;
    from = message.seq + 1;
  }
  return null;
}

/** The first message from a sequence number on. (Servers from 2.9 on know `next_by_subj`, the client's types only for direct reads.) */
const messageFrom = (jsm: JetStreamManager, stream: string, sequence: number): Promise<StoredMsg | null> =>
  jsm.streams.getMessage(stream, { seq: sequence, next_by_subj: ALL_FACTS_SUBJECT } as MsgRequest);

/** The last message with a smaller sequence number, over any holes. */
async function lastBefore(jsm: JetStreamManager, stream: string, first: number, sequence: number): Promise<StoredMsg | null> {
  let [low, high, last] = [first, sequence, null as StoredMsg | null];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await messageFrom(jsm, stream, middle);
    if (message === null || message.seq >= sequence) high = middle;
    else {
      last = message;
      low = message.seq + 1;
    }
  }
  return last;
}
