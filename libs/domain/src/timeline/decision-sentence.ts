/** What a process wanted, in one sentence without a full stop. `effects` as they are recorded: a type, and perhaps a command. */
export function decisionSentence(processName: string, effects: readonly unknown[]): string {
  const wanted = effects.map(wish).filter((text) => text !== '');
  if (wanted.length === 0) return `The ${processName} process took note`;
  const shown = wanted.slice(0, WISHES_SHOWN_MAX);
  const more = wanted.length - shown.length;
  return `The ${processName} process decided to ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const WISHES_SHOWN_MAX = 5;

/** `RequestReplica` → request replica tiny-0 */
function wish(effect: unknown): string {
  const { type, command, replicaId } = (effect ?? {}) as { type?: unknown; command?: { type?: unknown; name?: unknown }; replicaId?: unknown };
  const wanted = command?.type ?? type;
  if (typeof wanted !== 'string') return '';
  const words = wanted.replace(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : ' '}${letter.toLowerCase()}`);
  const named = command?.name ?? replicaId;
  return typeof named === 'string' ? `${words} ${named}` : words;
}
