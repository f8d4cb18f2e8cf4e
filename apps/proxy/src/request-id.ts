import { randomUUID } from 'node:crypto';

const KEPT_REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** The client's own `x-request-id` if it is 1 to 128 visible ASCII characters. */
export function keptRequestId(given: string | readonly string[] | undefined): string | null {
  return typeof given === 'string' && KEPT_REQUEST_ID.test(given) ? given : null;
}

export const newRequestId = (): string => randomUUID();
