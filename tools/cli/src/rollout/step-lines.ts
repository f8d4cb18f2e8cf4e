import { oneLine } from '../output/text-table.js';
import type { Colours } from '../terminal.js';
import { endOf, type Rollout, type Step } from './rollout-progress.js';
import { stepText, type Direction } from './step-text.js';

/** Steps shown around the one under way, where a plan is longer than a screen. */
const AROUND_UNDER_WAY = { before: 6, after: 8 };
/** Around the one it was given up at: fewer, so that the way back below it is still on the screen. */
const AROUND_GIVEN_UP = { before: 3, after: 3 };

type StepSection = { readonly title: string; readonly lines: readonly string[] };

/** The steps of a rollout with how far it has come; once it turned back, those of both ways. */
export function stepSections(rollout: Rollout, colours: Colours): readonly StepSection[] {
  const { turnedBackAtStep } = rollout;
  if (turnedBackAtStep === null) return [{ title: 'steps', lines: wayWalked(rollout, 'forward', colours) }];
  return [
    { title: 'way forward', lines: wayGivenUp(rollout, turnedBackAtStep, colours) },
    { title: 'way back', lines: wayWalked(rollout, 'back', colours) },
  ];
}

function wayWalked(rollout: Rollout, direction: Direction, colours: Colours): string[] {
  const { steps, currentStep } = rollout;
  const { red, bold, dim } = colours;
  return around(steps, currentStep, AROUND_UNDER_WAY, dim, (step, index) => {
    const text = stepText(step, direction);
    if (isPassed(step)) return [passedLine(step, text, colours)];
    if (index !== currentStep && step.state === 'PENDING') return [dim(`· ${text}`)];
    return [endOf(rollout) === null ? bold(`▶ ${text}`) : red(`✗ ${text}`)];
  });
}

function wayGivenUp(rollout: Rollout, givenUpAt: number, colours: Colours): string[] {
  const { red, dim } = colours;
  const reason = whyGivenUp(rollout);
  return around(rollout.forwardSteps, givenUpAt, AROUND_GIVEN_UP, dim, (step, index) => {
    const text = stepText(step);
    if (index > givenUpAt) return [dim(`· ${text} (not reached)`)];
    if (index < givenUpAt) return [passedLine(step, text, colours)];
    return [red(`✗ ${text}`), red(reason === null ? '  given up' : `  given up: ${oneLine(reason)}`)];
  });
}

/** A rollout that failed on the way back has the reason of that, and no longer the one it turned back for. */
const whyGivenUp = ({ status, reason, steps }: Rollout): string | null => (status === 'FAILED' && steps.length > 0 ? null : reason);

const isPassed = ({ state }: Step): boolean => state === 'DONE' || state === 'SKIPPED';

const passedLine = ({ state }: Step, text: string, { green, dim }: Colours): string => (state === 'SKIPPED' ? dim(`- ${text} (skipped)`) : `${green('✓')} ${text}`);

/** The lines of the steps near one of them, and how many there are beyond. */
function around(steps: readonly Step[], at: number, shown: typeof AROUND_UNDER_WAY, dim: Colours['dim'], linesOf: (step: Step, index: number) => readonly string[]): string[] {
  const from = Math.max(0, at - shown.before);
  const to = Math.min(steps.length, at + shown.after + 1);
  const near = steps.slice(from, to).flatMap((step, offset) => linesOf(step, from + offset));
  return [...(from > 0 ? [dim(`… ${from} before`)] : []), ...near, ...(to < steps.length ? [dim(`… ${steps.length - to} after`)] : [])];
}
