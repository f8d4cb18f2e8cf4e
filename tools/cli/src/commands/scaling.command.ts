import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples } from '../option-values.js';
import { agoText, spanText } from '../output/spans.js';
import { textTable } from '../output/text-table.js';
import { addChangeOptions, addRuleOptions, ruleFields, SECOND_MS, type RuleFields, type RuleOptions } from '../scaling/rule-options.js';
import { findRuleId, RULE_FIELDS, ruleText, scalingRules, type ScalingRule } from '../scaling/scaling-rule.js';
import { addScalingHistory } from './scaling-history.command.js';

export const CREATE_SCALING_RULE = new Operation<{ createAutoScalingRule: { rule: ScalingRule } }, { input: RuleFields & { deploymentId: string } }>(/* GraphQL */ `
  mutation CreateScalingRule($input: CreateAutoScalingRuleInput!) { createAutoScalingRule(input: $input) { rule { ${RULE_FIELDS} } } }
`);
export const UPDATE_SCALING_RULE = new Operation<{ updateAutoScalingRule: { rule: ScalingRule } }, { input: RuleFields & { deploymentId: string; id: string } }>(/* GraphQL */ `
  mutation UpdateScalingRule($input: UpdateAutoScalingRuleInput!) { updateAutoScalingRule(input: $input) { rule { ${RULE_FIELDS} } } }
`);
export const DELETE_SCALING_RULE = new Operation<{ deleteAutoScalingRule: { deletedId: string } }, { input: { deploymentId: string; id: string } }>(/* GraphQL */ `
  mutation DeleteScalingRule($input: DeleteAutoScalingRuleInput!) { deleteAutoScalingRule(input: $input) { deletedId } }
`);

export function addScaling(program: Command, invocation: Invocation): void {
  const scaling = program.command('scaling').description('rules by which a deployment gets more or fewer replicas by itself');
  addRuleList(scaling, invocation);
  addRule(scaling, invocation);
  addRuleChange(scaling, invocation);
  addRuleRemoval(scaling, invocation);
  addScalingHistory(scaling, invocation);
}

function addRuleList(scaling: Command, { graph: signedIn, print, machine }: Invocation): void {
  scaling
    .command('list')
    .description('the rules of a deployment')
    .argument('<deployment>', 'name, domain/name or id')
    .addHelpText('after', examples('scaling list tiny', 'scaling list tiny --output yaml'))
    .action(async (given: string) => {
      const graph = signedIn();
      const { id: deploymentId } = await findDeployment(graph, given);
      const rules = await scalingRules(graph, deploymentId);
      const columns = [
        { title: 'ID', cell: ({ id }: ScalingRule) => id },
        { title: 'METRIC', cell: ({ metricType }: ScalingRule) => metricType },
        { title: 'AGGREGATE', cell: ({ aggregate }: ScalingRule) => aggregate.toLowerCase() },
        { title: 'BELOW', cell: ({ minThreshold }: ScalingRule) => String(minThreshold ?? '-') },
        { title: 'ABOVE', cell: ({ maxThreshold }: ScalingRule) => String(maxThreshold ?? '-') },
        { title: 'STEP', cell: ({ stepSize }: ScalingRule) => String(stepSize) },
        { title: 'REPLICAS', cell: ({ minReplicas, maxReplicas }: ScalingRule) => `${minReplicas}..${maxReplicas}` },
        { title: 'COOLDOWN', cell: ({ timeWindow }: ScalingRule) => spanText(timeWindow * SECOND_MS) },
        { title: 'ENABLED', cell: ({ enabled }: ScalingRule) => (enabled ? 'yes' : 'no') },
        { title: 'LAST TRIGGERED', cell: ({ lastTriggeredAt }: ScalingRule) => (lastTriggeredAt === null ? 'never' : agoText(lastTriggeredAt, machine.nowMs())) },
      ];
      print({ data: rules, text: () => textTable(columns, rules, 'no rules') });
    });
}

function addRule(scaling: Command, { graph: signedIn, print }: Invocation): void {
  addRuleOptions(scaling.command('add').description('make a rule; at least one of --above and --below is needed').argument('<deployment>', 'name, domain/name or id'), true)
    .option('--disabled', 'it changes nothing until it is enabled')
    .addHelpText('after', examples('scaling add tiny --metric inFlight --above 8', 'scaling add tiny --metric requestsWaiting --aggregate max --above 4 --below 1 --step 2 --cooldown 2m --min 1 --max 6'))
    .action(async (given: string, { disabled, ...options }: RuleOptions & { readonly disabled?: true }) => {
      if (options.above === undefined && options.below === undefined) throw usageError('a rule without a threshold does nothing', 'give --above, --below or both');
      const fields = ruleFields(options);
      const graph = signedIn();
      const { id: deploymentId, name } = await findDeployment(graph, given);
      const { rule } = (await graph.change(CREATE_SCALING_RULE, { input: { deploymentId, ...fields, ...(disabled === true ? { enabled: false } : {}) } })).createAutoScalingRule;
      print({ data: rule, text: () => `rule ${rule.id} of ${name} is made: ${ruleText(rule)}` });
    });
}

function addRuleChange(scaling: Command, { graph: signedIn, print }: Invocation): void {
  const command = scaling.command('change').description('change a rule; what is not given stays as it is');
  addChangeOptions(addRuleOptions(ruleArguments(command), false))
    .addHelpText('after', examples('scaling change tiny inFlight --above 12 --max 20', 'scaling change tiny inFlight --no-below', 'scaling change tiny inFlight --disable'))
    .action(async (given: string, givenRule: string, { enable, disable, ...options }: RuleOptions & { readonly enable?: true; readonly disable?: true }) => {
      const enabled = enable ?? (disable === true ? false : undefined);
      const fields = { ...ruleFields(options), ...(enabled === undefined ? {} : { enabled }) };
      if (Object.keys(fields).length === 0) throw usageError('nothing is to be changed', 'say what: "slipway scaling change --help" tells what there is');
      const graph = signedIn();
      const { id: deploymentId, name } = await findDeployment(graph, given);
      const id = await findRuleId(graph, deploymentId, givenRule);
      const { rule } = (await graph.change(UPDATE_SCALING_RULE, { input: { deploymentId, id, ...fields } })).updateAutoScalingRule;
      print({ data: rule, text: () => `rule ${rule.id} of ${name} is now: ${ruleText(rule)}` });
    });
}

function addRuleRemoval(scaling: Command, { graph: signedIn, print }: Invocation): void {
  ruleArguments(scaling.command('remove').description('take a rule away; the replicas stay as many as they are'))
    .addHelpText('after', examples('scaling remove tiny inFlight'))
    .action(async (given: string, givenRule: string) => {
      const graph = signedIn();
      const { id: deploymentId, name } = await findDeployment(graph, given);
      const id = await findRuleId(graph, deploymentId, givenRule);
      const { deleteAutoScalingRule: deleted } = await graph.change(DELETE_SCALING_RULE, { input: { deploymentId, id } });
      print({ data: deleted, text: () => `rule ${deleted.deletedId} of ${name} is removed` });
    });
}

const ruleArguments = (command: Command): Command =>
  command.argument('<deployment>', 'name, domain/name or id').argument('<rule>', 'id, how it begins, or the metric that it alone looks at');
