import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, wholeNumber } from '../option-values.js';
import { evaluationText, type ScaleEvaluation } from '../scaling/evaluation-text.js';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 200;

type Answer = {
  readonly deployment: {
    readonly scaleEvaluations: readonly ScaleEvaluation[] | null;
    readonly replicaManagement: { readonly autoScalingRules: readonly { readonly id: string }[] };
  } | null;
};

export const SCALE_EVALUATIONS = new Operation<Answer, { id: string; limit: number }>(/* GraphQL */ `
  query ScaleEvaluations($id: ID!, $limit: Int!) {
    deployment(id: $id) {
      scaleEvaluations(limit: $limit) {
        at desired starting duringRollout decided decidedByRuleId
        findings { ruleId metricType aggregate minThreshold maxThreshold value crossed asks heldBack }
      }
      replicaManagement { autoScalingRules { id } }
    }
  }
`);

export function addScalingHistory(scaling: Command, { graph: signedIn, print, terminal }: Invocation): void {
  scaling
    .command('history')
    .description('why a deployment did or did not get other replicas: what each rule found and what was decided, newest first; of those that found the same, one a minute')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--limit <count>', 'at most so many', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .addHelpText('after', examples('scaling history tiny', 'scaling history tiny --limit 5 --output json'))
    .action(async (given: string, { limit }: { limit: number }) => {
      const graph = signedIn();
      const { id, name } = await findDeployment(graph, given);
      const { deployment } = await graph.ask(SCALE_EVALUATIONS, { id, limit });
      const evaluations = deployment?.scaleEvaluations ?? [];
      const rules = deployment?.replicaManagement.autoScalingRules ?? [];
      const nothing = rules.length === 0 ? `no rules: slipway scaling add ${name} --metric inFlight --above 8` : 'nothing was evaluated yet';
      print({ data: evaluations, text: () => evaluations.map((evaluation) => evaluationText(evaluation, terminal.colours.bold)).join('\n') || nothing });
    });
}
