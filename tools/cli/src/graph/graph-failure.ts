import { CliError, EXIT_CODES } from '../exit-codes.js';

/** One error of a GraphQL answer, as far as it keeps to the error catalogue. */
export type GraphError = {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly status?: number; readonly fields?: Readonly<Record<string, unknown>> };
};

/** What passes: the same request may be answered a moment later. */
const PASSING_CODES: ReadonlySet<string> = new Set(['UNAVAILABLE', 'NOT_CAUGHT_UP', 'CONTENTION', 'LOGS_NOT_REACHABLE']);

/** Where something behind the gateway is out of reach. */
const NOT_REACHABLE_CODES: ReadonlySet<string> = new Set(['UNAVAILABLE', 'NOT_CAUGHT_UP', 'LOGS_NOT_REACHABLE']);

/** What a person can do that the message does not say. */
const FIXES: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'sign in with "slipway login", or set SLIPWAY_TOKEN',
  FORBIDDEN: 'sign in with a token that may: "slipway login"',
  INVALID_INPUT: 'correct what is named; "--help" of the command tells what it takes',
  DEPLOYMENT_NOT_FOUND: 'see which deployments there are: "slipway list"',
  REVISION_NOT_FOUND: 'see which revisions there are: "slipway revisions <deployment>"',
  TOKEN_NOT_FOUND: 'see which tokens there are: "slipway tokens list <deployment>"',
  SCALING_RULE_NOT_FOUND: 'see which rules there are: "slipway scaling list <deployment>"',
  REPLICA_NOT_FOUND: 'see which replicas there are: "slipway get <deployment>"',
  NAME_TAKEN: 'publish a revision of that deployment instead: "slipway publish <deployment>"',
  DEPLOYMENT_GONE: 'deploy it anew: "slipway deploy"',
  IDEMPOTENCY_KEY_REUSED: 'give another --idempotency-key, or none',
  REVISION_IMMUTABLE: 'publish a new revision: "slipway publish <deployment>"',
  TOO_MANY_TOKENS: 'delete one: "slipway tokens delete <deployment> <token>"',
  TOO_MANY_SCALING_RULES: 'remove one: "slipway scaling remove <deployment> <rule>"',
  NO_REVISION_AT_THAT_TIME: 'see when revisions were active: "slipway events <deployment>"',
  MODEL_FOLDER_NOT_FOUND: 'put the model into a folder of that name under the model root of the platform',
  GRAPHQL_VALIDATION_FAILED: 'tool and platform are of different versions: use the slipway that came with the platform',
  UNAVAILABLE: 'try again in a moment',
  NOT_CAUGHT_UP: 'the change was made; look again in a moment',
  CONTENTION: 'try again in a moment',
};

export const isPassing = (code: string): boolean => PASSING_CODES.has(code);

/** The first error of an answer; the others are mostly its consequences. */
export function graphFailure(errors: readonly GraphError[]): CliError {
  const [first] = errors;
  const code = first?.extensions?.code ?? 'INTERNAL';
  const messages = [...new Set(errors.map(({ message }) => message))];
  return new CliError(exitCodeOf(code), code, messages.join('; '), FIXES[code] ?? null);
}

function exitCodeOf(code: string) {
  if (code === 'UNAUTHENTICATED') return EXIT_CODES.notSignedIn;
  return NOT_REACHABLE_CODES.has(code) ? EXIT_CODES.notReachable : EXIT_CODES.refused;
}

export const notReachable = (url: string, problem: string): CliError =>
  new CliError(EXIT_CODES.notReachable, 'NOT_REACHABLE', `${url} cannot be reached: ${problem}`, 'check that the platform runs, and the address: --url, SLIPWAY_URL or "slipway login"');

/** The reason deepest inside, such as `connect ECONNREFUSED 127.0.0.1:4000`. */
export function rootProblem(error: unknown): string {
  let found = error;
  while (found instanceof Error && found.cause !== undefined) found = found.cause;
  if (found instanceof AggregateError && found.errors.length > 0) return rootProblem(found.errors[0]);
  return found instanceof Error ? found.message || found.name : String(found);
}
