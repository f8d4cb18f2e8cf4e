import type { FieldProblem } from '@slipway/contracts';
import type { EnvironValue, VariantProfile } from '@slipway/domain';
import type { SecretStore } from '@slipway/service';
import { ENVIRON_ENTRIES_MAX, ENVIRON_VALUE_CHARACTERS_MAX } from '../deployments/limits.js';

const FIELD = 'modelRuntimeConfig.environ';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** Variables whose values are kept in the secret store; the log holds a reference. */
const SECRET = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;
/** What answers show in place of a secret value. */
export const SECRET_MASK = '***';
/** Set by the runtime itself; a revision must not point the engine elsewhere. */
const RESERVED = /^(?:SLIPWAY_.*|PORT|PATH|LD_.*|NODE_OPTIONS)$/;

/** Reads the JSON text of an environment. Names are checked, reserved ones refused, required ones demanded (S4.20). */
export function readEnviron(text: string | null | undefined, profile: VariantProfile, problems: FieldProblem[]): ReadonlyMap<string, string> {
  const environ = new Map<string, string>();
  for (const [name, value] of entriesOf(text, problems)) {
    if (!VARIABLE.test(name) || name === '__proto__') problems.push({ field: FIELD, problem: `has ${JSON.stringify(name.slice(0, 60))}, which is no variable name` });
    else if (RESERVED.test(name)) problems.push({ field: `${FIELD}.${name}`, problem: 'is set by the runtime and cannot be given' });
    else if (typeof value !== 'string' || value.includes('\0')) problems.push({ field: `${FIELD}.${name}`, problem: 'is not text' });
    else if (value.length > ENVIRON_VALUE_CHARACTERS_MAX)
      problems.push({ field: `${FIELD}.${name}`, problem: `is longer than ${ENVIRON_VALUE_CHARACTERS_MAX} characters` });
    else if (value === SECRET_MASK && SECRET.test(name))
      problems.push({ field: `${FIELD}.${name}`, problem: `is "${SECRET_MASK}", which is how a secret is shown; give its value` });
    else environ.set(name, value);
  }
  for (const name of profile.requiredEnviron)
    if (!environ.get(name)) problems.push({ field: `${FIELD}.${name}`, problem: `is required by variant ${profile.name}` });
  return environ;
}

/** Moves secret values into the store. */
export async function sealEnviron(environ: ReadonlyMap<string, string>, secrets: SecretStore): Promise<Record<string, EnvironValue>> {
  const sealed: Record<string, EnvironValue> = {};
  for (const [name, value] of environ) sealed[name] = SECRET.test(name) ? { secretRef: await secrets.put(value) } : value;
  return sealed;
}

function entriesOf(text: string | null | undefined, problems: FieldProblem[]): [string, unknown][] {
  if (text === null || text === undefined || text === '') return [];
  const parsed = parseJsonObject(text);
  if (parsed === null) {
    problems.push({ field: FIELD, problem: 'is not the JSON text of an object, for example "{\\"NAME\\": \\"value\\"}"' });
    return [];
  }
  const entries = Object.entries(parsed);
  if (entries.length > ENVIRON_ENTRIES_MAX) problems.push({ field: FIELD, problem: `has more than ${ENVIRON_ENTRIES_MAX} entries` });
  return entries.slice(0, ENVIRON_ENTRIES_MAX);
}

export function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
