import { spanText } from '../output/spans.js';
import type { Step } from './rollout-progress.js';

const SECOND_MS = 1_000;

export type Direction = 'forward' | 'back';

/** A step in words; one that is newer than this tool by its own name. What is arrived at on the way back is the previous revision. */
export function stepText(step: Step, direction: Direction = 'forward'): string {
  const { type, count, weightPercent, mirrorPercent, remaining, durationSeconds, analysis } = step;
  const target = direction === 'forward' ? 'the new revision' : 'the previous revision';
  switch (type) {
    case 'restore':
      return `have ${replicas(count)} of the previous revision ready`;
    case 'retire':
      return 'let go what belongs to neither revision';
    case 'launch':
      return `have ${replicas(count)} of ${target} started`;
    case 'awaitReady':
      return `wait until ${replicas(count)} of ${target} serve`;
    case 'setWeight':
      return `send ${weightPercent ?? '?'} % of the requests to ${target}`;
    case 'setMirror':
      return `copy ${mirrorPercent ?? '?'} % of the requests to ${target}`;
    case 'hold':
      return durationSeconds === null ? 'hold until it is promoted' : `hold for ${spanText(durationSeconds * SECOND_MS)}`;
    case 'analyse':
      return analysis === null ? 'judge what it serves' : `judge what it serves for ${spanText(analysis.durationSeconds * SECOND_MS)}: ${analysis.successThreshold} % have to succeed`;
    case 'drain':
      return remaining === 0 ? 'drain all other replicas' : `drain other replicas until ${remaining ?? '?'} are left`;
    case 'promote':
      return direction === 'forward' ? 'make the new revision the active one' : 'keep the previous revision the active one';
    default:
      return type;
  }
}

const replicas = (count: number | null): string => (count === 1 ? '1 replica' : `${count ?? '?'} replicas`);
