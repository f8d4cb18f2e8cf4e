import { invalidInput, logRefusal, SlipwayError, streams } from '@slipway/contracts';
import type { LivingScalingRule, ScalingCommand, ScalingRejection, ScalingState } from '@slipway/domain';
import { handleCommand, loadState, type EventLog, type StateCache } from '@slipway/event-log';
import { derivedId, type RequestContext } from '@slipway/service';
import { aggregates } from '../aggregates.js';
import type { KnownDeployments } from '../known-deployments.js';
import { readNewRule, readRuleChanges, type RuleInput } from './rule-input.js';

export type RulePorts = {
  readonly log: EventLog;
  readonly known: KnownDeployments;
  readonly states: StateCache<ScalingState>;
  readonly nowMs: () => number;
};

/** `position`: 0 when it was so already. */
export type WrittenRule = { readonly rule: LivingScalingRule; readonly position: number };

/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const ID = /^[\w.-]{1,128}$/;
const ID_CHARACTERS_SHOWN = 120;

/**
 * @throws SlipwayError INVALID_INPUT, DEPLOYMENT_NOT_FOUND, DEPLOYMENT_GONE, TOO_MANY_SCALING_RULES, CONTENTION, UNAVAILABLE
 */
export async function createScalingRule(ports: RulePorts, deploymentId: string, input: RuleInput & { readonly metricType: string }, asker: RequestContext): Promise<WrittenRule> {
  const ruleId = derivedId(asker.commandId, `scaling-rule/${deploymentId}`);
  const rule = readNewRule(input, ruleId);
  await assertLiving(ports, deploymentId);
  const position = await record(ports, { type: 'CreateScalingRule', deploymentId, rule, atMs: ports.nowMs() }, asker);
  return written(ports, deploymentId, ruleId, position);
}

/** @throws SlipwayError as createScalingRule, and SCALING_RULE_NOT_FOUND */
export async function updateScalingRule(ports: RulePorts, deploymentId: string, ruleId: string, input: RuleInput, asker: RequestContext): Promise<WrittenRule> {
  const changes = readRuleChanges(input);
  await assertLiving(ports, deploymentId);
  const position = await record(ports, { type: 'UpdateScalingRule', deploymentId, ruleId, changes, atMs: ports.nowMs() }, asker);
  return written(ports, deploymentId, ruleId, position);
}

/** @returns the position; 0 when it was deleted before. @throws SlipwayError DEPLOYMENT_NOT_FOUND, SCALING_RULE_NOT_FOUND, CONTENTION, UNAVAILABLE */
export async function deleteScalingRule(ports: RulePorts, deploymentId: string, ruleId: string, asker: RequestContext): Promise<number> {
  await assertKnown(ports, deploymentId);
  return record(ports, { type: 'DeleteScalingRule', deploymentId, ruleId, atMs: ports.nowMs() }, asker);
}

async function record({ log, states }: RulePorts, command: ScalingCommand, { actor, correlationId, commandId, traceparent }: RequestContext): Promise<number> {
  const context = { actor, correlationId, commandId, ...(traceparent === null ? {} : { traceparent }) };
  const { deploymentId } = command;
  try {
    const outcome = await handleCommand(log, aggregates.scaling, streams.scaling(deploymentId), command, context, { cache: states });
    if ('rejected' in outcome) throw refusal(outcome.rejected, deploymentId);
    return outcome.position;
  } catch (error) {
    throw logRefusal(error);
  }
}

/** As it stands now: somebody else may have changed it since. */
async function written({ log, states }: RulePorts, deploymentId: string, ruleId: string, position: number): Promise<WrittenRule> {
  const { state } = await loadState(log, aggregates.scaling, streams.scaling(deploymentId), { cache: states });
  const rule = state.rules.find((one) => one.ruleId === ruleId);
  if (rule === undefined) throw new SlipwayError('SCALING_RULE_NOT_FOUND', { deploymentId, ruleId }); // deleted since
  return { rule, position };
}

function refusal(rejection: ScalingRejection, deploymentId: string): SlipwayError {
  switch (rejection.type) {
    case 'NoSuchScalingRule':
      return new SlipwayError('SCALING_RULE_NOT_FOUND', { deploymentId, ruleId: rejection.ruleId.slice(0, ID_CHARACTERS_SHOWN) });
    case 'TooManyScalingRules':
      return new SlipwayError('TOO_MANY_SCALING_RULES', { rulesMax: rejection.rulesMax });
    case 'ContradictoryScalingRule':
      return invalidInput([rejection]);
  }
}

/** One that was made a moment ago may not have come here yet: the log knows. */
async function assertKnown({ known, log }: RulePorts, deploymentId: string): Promise<void> {
  if ((await known.find(deploymentId)) !== null) return;
  const read = ID.test(deploymentId) ? await log.readStream(streams.deployment(deploymentId), { limit: 1 }) : { notFound: true };
  if ('notFound' in read) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: deploymentId.slice(0, ID_CHARACTERS_SHOWN) });
}

async function assertLiving(ports: RulePorts, deploymentId: string): Promise<void> {
  await assertKnown(ports, deploymentId);
  if ((await ports.known.find(deploymentId))?.isGone === true) throw new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
}
