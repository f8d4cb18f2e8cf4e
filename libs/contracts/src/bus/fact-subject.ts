import type { Fact } from './fact.js';

export const FACTS_SUBJECT = 'slipway.facts';
export const SIGNALS_SUBJECT = 'slipway.signals';
/** Every fact there is. */
export const ALL_FACTS_SUBJECT = `${FACTS_SUBJECT}.>`;

/** A stream id and an event type have at most 256 bytes each, and an escaped byte takes three characters; NATS allows 4096. */
export const FACT_SUBJECT_LENGTH_MAX = FACTS_SUBJECT.length + 3 * (1 + 3 * 256);

export type FactAddress = { readonly context: string; readonly type: string; readonly streamId: string };

/** `slipway.facts.<context>.<EventType>.<stream id>`, each a legal token of a NATS subject. */
export function factSubject({ streamId, type }: Pick<Fact, 'streamId' | 'type'>): string {
  return [FACTS_SUBJECT, ...[contextOf(streamId), type, streamId].map(subjectToken)].join('.');
}

/** Null for a subject that no fact has. */
export function parseFactSubject(subject: string): FactAddress | null {
  if (!subject.startsWith(`${FACTS_SUBJECT}.`)) return null;
  const tokens = subject.slice(FACTS_SUBJECT.length + 1).split('.');
  if (tokens.length !== 3) return null;
  const [context = null, type = null, streamId = null] = tokens.map(tokenText);
  if (context === null || type === null || streamId === null || context !== contextOf(streamId)) return null;
  return { context, type, streamId };
}

/** What a stream is about: the part of its name before the first `-`. */
export function contextOf(streamId: string): string {
  return streamId.split('-', 1)[0] ?? '';
}

const EMPTY_TOKEN = '=';
const FREE = /^[A-Za-z0-9_-]$/;

/** Letters, digits, `_` and `-` stand for themselves, every other byte of the UTF-8 text as `=` and two hex digits. */
export function subjectToken(text: string): string {
  if (text === '') return EMPTY_TOKEN;
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  const escaped = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return [...new TextEncoder().encode(text)].map((byte) => (FREE.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escaped(byte))).join('');
}

/** Null when no text has this token. */
export function tokenText(token: string): string | null {
  if (token === EMPTY_TOKEN) return '';
  if (!/^([A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return null;
  try {
    const text = decodeURIComponent(token.replaceAll('=', '%'));
    return subjectToken(text) === token ? text : null;
  } catch {
    return null; // not UTF-8
  }
}
