import { hash } from 'node:crypto';

/**
 * The id of the index-th event a command causes in a stream: the same cause gives the same id, which is what makes a
 * retry harmless. Shaped as a UUID (version 8, from sha-256).
 */
export function eventIdOf(causeId: string, streamId: string, index: number): string {
  const hex = hash('sha256', `${causeId}\n${streamId}\n${index}`, 'hex');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
