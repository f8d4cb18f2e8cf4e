import { spanText } from '../output/spans.js';
import type { Step } from './rollout-progress.js';

const SECOND_MS = 1_000;

/** A step in words; one that is newer than this tool by its own name. */
export function stepText(step: Step): string {
  const { type, count, weightPercent, mirrorPercent, remaining, durationSeconds, analysis } = step;
  switch (type) {
    case 'restore':
      return `have ${replicas(count)} of the previous revision ready`;
    case 'retire':
      return 'let go what belongs to neither revision';
    case 'launch':
      return `have ${replicas(count)} of the new revision started`;
    case 'awaitReady':
      return `wait until ${replicas(count)} of the new revision serve`;
    case 'setWeight':
      return `send ${weightPercent ?? '?'} % of the requests to the new revision`;
    case 'setMirror':
      return `copy ${mirrorPercent ?? '?'} % of the requests to the new revision`;
    case 'hold':
      return durationSeconds === null ? 'hold until it is promoted' : `hold for ${spanText(durationSeconds * SECOND_MS)}`;
    case 'analyse':
      return analysis === null ? 'judge what it serves' : `judge what it serves for ${spanText(analysis.durationSeconds * SECOND_MS)}: ${analysis.successThreshold} % have to succeed`;
    case 'drain':
      return remaining === 0 ? 'drain all other replicas' : `drain other replicas until ${remaining ?? '?'} are left`;
    case 'promote':
      return 'make the new revision the active one';
    default:
      return type;
  }
}

const replicas = (count: number | null): string => (count === 1 ? '1 replica' : `${count ?? '?'} replicas`);
