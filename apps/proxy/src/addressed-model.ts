import { isUtf8 } from 'node:buffer';

/** Longest model name looked up; deployment names are shorter. */
export const MODEL_LENGTH_MAX = 512;

export type AddressedModel =
  | {
      /** null: the object has no `model`. */
      readonly model: string | null;
      /** Who the client says it asks for; null: it does not say. */
      readonly user: string | null;
    }
  | { readonly problem: 'invalidUtf8' | 'invalidJson' | 'missingModel' };

const INVALID_UTF8: AddressedModel = { problem: 'invalidUtf8' };
const INVALID_JSON: AddressedModel = { problem: 'invalidJson' };
const MISSING_MODEL: AddressedModel = { problem: 'missingModel' };

/** What a request body says of where it is to go. A full parse: a scan for the keys would be little faster and wrong about escapes. */
export function addressedModel(body: Buffer): AddressedModel {
  if (!isUtf8(body)) return INVALID_UTF8;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return INVALID_JSON;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return INVALID_JSON;
  const { model, user } = parsed as { readonly model?: unknown; readonly user?: unknown };
  const named = typeof user === 'string' && user.length > 0 ? user : null;
  if (model === undefined) return { model: null, user: named };
  if (typeof model !== 'string' || model.length === 0 || model.length > MODEL_LENGTH_MAX) return MISSING_MODEL;
  return { model, user: named };
}
