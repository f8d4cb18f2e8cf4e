import type { Answer } from './traffic.js';

export type TrialAccount = {
  readonly requests: number;
  /** Of these, streams longer than a step. */
  readonly longStreams: number;
  /** Answered with an error, or not at all; without what a bad revision answered itself. */
  readonly failed: number;
  /** Streams and answers that ended in their middle. */
  readonly cut: number;
  readonly mayCut: boolean;
  /** Errors of the bad revision's own. */
  readonly failedByBad: number;
  /** What share of the requests the bad revision was given while it had any, in percent; null: none is bad. */
  readonly badPercent: number | null;
  /** It was given more than its share, by more than chance explains. */
  readonly isOverShare: boolean;
  /** Of whole short answers, from the request to the last byte; without those of a bad revision. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same load on the same deployment just before, with nothing under way; null: not measured. */
  readonly quietP99Ms: number | null;
  readonly failures: readonly Answer[];
};

type Told = { readonly quietFromMs: number; readonly fromMs: number; readonly second: string; readonly badPercent?: number; readonly mayCut?: boolean };

/** Standard deviations that chance is granted. */
const CHANCE = 4;

/** What the answers of one trial come to. Failures count from the very start; times, in the period their request began in. */
export function accountOf(answers: readonly Answer[], { quietFromMs, fromMs, second, badPercent, mayCut = false }: Told): TrialAccount {
  const isOfBad = ({ revisionId }: Answer): boolean => badPercent !== undefined && revisionId === second;
  const isOwnError = (answer: Answer): boolean => isOfBad(answer) && answer.end === 'failed' && answer.status !== null;
  const failures = answers.filter((answer) => answer.end !== 'whole' && !isOwnError(answer));
  const during = answers.filter(({ startedAtMs }) => startedAtMs >= fromMs);
  const quiet = answers.filter(({ startedAtMs }) => startedAtMs >= quietFromMs && startedAtMs < fromMs);
  const times = during.filter((answer) => !isOfBad(answer));
  return {
    requests: during.length,
    longStreams: during.filter(({ kind }) => kind === 'long').length,
    failed: failures.filter(({ end }) => end === 'failed').length,
    cut: failures.filter(({ end }) => end === 'cut').length,
    mayCut,
    failedByBad: answers.filter(isOwnError).length,
    ...shareOf(during, isOfBad, badPercent),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    quietP99Ms: quiet.length === 0 ? null : quantile(quiet, 0.99),
    failures,
  };
}

/** Between the first and the last request the bad revision was given. */
function shareOf(answers: readonly Answer[], isOfBad: (answer: Answer) => boolean, granted: number | undefined): Pick<TrialAccount, 'badPercent' | 'isOverShare'> {
  if (granted === undefined) return { badPercent: null, isOverShare: false };
  const startsOfBad = answers.filter(isOfBad).map(({ startedAtMs }) => startedAtMs);
  const [from, to] = [Math.min(...startsOfBad), Math.max(...startsOfBad)];
  const all = answers.filter(({ startedAtMs }) => startedAtMs >= from && startedAtMs <= to).length;
  const expected = (all * granted) / 100;
  const chance = CHANCE * Math.sqrt(expected * (1 - granted / 100));
  return { badPercent: all === 0 ? 0 : (100 * startsOfBad.length) / all, isOverShare: startsOfBad.length > expected + chance + 1 };
}

/** In milliseconds; of whole answers that are not long. */
function quantile(answers: readonly Answer[], share: number): number {
  const times = answers.filter(({ kind, end }) => kind !== 'long' && end === 'whole').map(({ ms }) => ms);
  times.sort((one, other) => one - other);
  return times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? Number.NaN;
}
