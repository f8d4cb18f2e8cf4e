/** Every expected refusal a user can meet: code, HTTP status and the sentence that says what is wrong and what to do. */
type Entry = { readonly status: number; readonly message: string };

/** `{field}` in a message is filled from the error's fields. */
export const errorCatalogue = {
  UNAUTHENTICATED: { status: 401, message: 'no valid token; send "Authorization: Bearer <token>" (the admin token lies in {tokenFile})' },
  FORBIDDEN: { status: 403, message: 'this token may not do that' },
  INVALID_INPUT: { status: 422, message: '{problems}' },
  QUERY_TOO_LARGE: { status: 413, message: 'the request is larger than {sizeBytesMax} bytes; send less, or page' },
  QUERY_TOO_COMPLEX: { status: 400, message: 'the query is over a limit: {limit}' },
  DEPLOYMENT_NOT_FOUND: { status: 404, message: 'there is no deployment {deploymentId}' },
  REVISION_NOT_FOUND: { status: 404, message: 'there is no revision {revisionId}{ofDeployment}' },
  REPLICA_NOT_FOUND: { status: 404, message: 'there is no replica {replicaId}' },
  LOGS_NOT_REACHABLE: {
    status: 503,
    message:
      'the log of replica {replicaId} cannot be read here: {problem}. The orchestrator that leads, on the machine of the replica, can: ask again, or look into replicas/{replicaId}/engine.log in the data directory there',
  },
  TOKEN_NOT_FOUND: { status: 404, message: 'there is no access token {tokenId}' },
  SCALING_RULE_NOT_FOUND: { status: 404, message: 'deployment {deploymentId} has no auto-scaling rule {ruleId}' },
  NAME_TAKEN: { status: 409, message: 'the name "{name}" is taken in domain "{domain}"; choose another, or delete that deployment' },
  HOST_NAME_TAKEN: { status: 409, message: 'the domain name "{hostName}" belongs to another deployment' },
  DEPLOYMENT_GONE: { status: 409, message: 'deployment {deploymentId} is being deleted or is deleted' },
  IDEMPOTENCY_KEY_REUSED: { status: 409, message: 'this idempotency key was used for a different request' },
  ROLLOUT_NOT_FOUND: { status: 404, message: 'there is no rollout {rolloutId}' },
  ROLLOUT_ENDED: { status: 409, message: 'rollout {rolloutId} has ended ({phase}); activate a revision, or retry the rollout, to start another' },
  ROLLOUT_GOING_BACK: { status: 409, message: 'rollout {rolloutId} is on its way back; wait for its end, then activate or retry' },
  ROLLOUT_PROMOTED: { status: 409, message: 'rollout {rolloutId} is promoted already: its revision is active; to undo it use rollbackModelDeployment' },
  STEP_NOT_UNDER_WAY: { status: 409, message: 'step {step} of rollout {rolloutId} is not under way, step {currentStep} is; look again and say which one is meant' },
  NOTHING_TO_PASS: {
    status: 409,
    message: 'step {currentStep} of rollout {rolloutId} ({stepType}) cannot be passed by; only hold and analyse can: it goes on by itself when the step is done',
  },
  NOTHING_TO_RETRY: { status: 409, message: 'rollout {rolloutId} is none that turned back or failed lately; activate the revision instead' },
  REVISION_IMMUTABLE: { status: 409, message: 'revision {revisionId} is immutable; create a new revision instead' },
  TOO_MANY_REVISIONS: { status: 409, message: 'a deployment may have {revisionsMax} revisions' },
  TOO_MANY_TOKENS: { status: 409, message: 'a deployment may have {tokensMax} living access tokens; delete one' },
  TOO_MANY_SCALING_RULES: { status: 409, message: 'a deployment may have {rulesMax} auto-scaling rules; delete one' },
  NOTHING_AT_THAT_TIME: { status: 404, message: 'deployment {deploymentId} did not exist at {atTime}' },
  NO_REVISION_AT_THAT_TIME: { status: 409, message: 'deployment {deploymentId} had no active revision at {atTime}; roll back to a later time' },
  MODEL_FOLDER_NOT_FOUND: { status: 422, message: 'there is no model folder "{vfolderId}" under the model root' },
  MODEL_DEFINITION_NOT_FOUND: { status: 422, message: 'model folder "{vfolderId}" has no {definitionPath}, which variant {variant} needs' },
  MODEL_DEFINITION_INVALID: { status: 422, message: '{definitionPath} is not valid: {problems}' },
  MODEL_FILE_INVALID: { status: 422, message: 'model file {file}: {problem}' },
  PATH_OUTSIDE_ROOT: { status: 422, message: '{field} must stay inside its folder: "{path}" does not' },
  CONTENTION: { status: 409, message: 'too many changes to the same thing at once; try again' },
  NOT_CAUGHT_UP: { status: 503, message: 'the change is recorded, but reading it back took longer than {timeoutMs} ms; ask again shortly' },
  UNAVAILABLE: { status: 503, message: '{what} is not available right now; try again' },
  INTERNAL: { status: 500, message: 'something broke on our side; the log has the details under request {requestId}' },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** A refusal on its way to a user. Thrown at the edges only; inside, refusals are values. */
export class SlipwayError extends Error {
  readonly status: number;

  constructor(
    readonly code: ErrorCode,
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(fill(errorCatalogue[code].message, fields));
    this.name = 'SlipwayError';
    this.status = errorCatalogue[code].status;
  }
}

/** By code, not by class, so that two copies of a package agree. */
export function isSlipwayError(error: unknown): error is SlipwayError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && Object.hasOwn(errorCatalogue, error.code);
}

export type FieldProblem = { readonly field: string; readonly problem: string };

/** Bad input, every problem at once, each naming its field. */
export function invalidInput(problems: readonly FieldProblem[]): SlipwayError {
  const text = problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
  return Object.assign(new SlipwayError('INVALID_INPUT', { problems: text }), { problems });
}

function fill(template: string, fields: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => inWords(fields[name]));
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
