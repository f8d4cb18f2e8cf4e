import { SIMULATED_CANARIES, SIMULATED_REQUESTS, simulateRollouts, type SimulatedRollout } from '@slipway/domain';
import type { BenchRun } from '../bench-run.js';
import { RoundSamples } from '../measuring/round-samples.js';
import type { Figure, PartReport } from '../report/figure.js';
import { judgementRates, type JudgementRates } from './judgement-rates.js';

const RULES = ['judged', 'plain'] as const;
const RATES = [
  { rate: 'falseAborts', id: 'false-aborts', what: 'good canaries aborted', unit: '%' },
  { rate: 'missedBad', id: 'missed-bad', what: 'bad canaries promoted', unit: '%' },
  { rate: 'held', id: 'held', what: 'left to a person', unit: '%' },
  { rate: 'failedRequests', id: 'failed-requests', what: 'requests failed by a bad canary', unit: '' },
] as const satisfies readonly { rate: keyof JudgementRates; id: string; what: string; unit: string }[];

/** What another least number of requests would make of it; 1 shows what the least number is for. */
const OTHER_LEAST_REQUESTS = [1, 50, 100] as const;

/** Judges the same simulated rollouts by `judge` and by the plain threshold rule. Another seed in each round, the same ones in each run. */
export async function benchJudgement({ rounds, rollouts, progress }: BenchRun): Promise<PartReport> {
  const timesEach = Math.ceil(rollouts / SIMULATED_CANARIES.length);
  const samples = new RoundSamples();
  const take = (series: string, some: readonly SimulatedRollout[]): void => {
    for (const rule of RULES) {
      const rates = judgementRates(some, rule);
      for (const { rate, id } of RATES) samples.add(`${series}.${id}.${rule}`, rates[rate]);
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    progress(`judgement, round ${round + 1} of ${rounds}: ${timesEach * SIMULATED_CANARIES.length} rollouts`);
    const simulated = simulateRollouts(round + 1, timesEach);
    take('all', simulated);
    for (const requests of SIMULATED_REQUESTS) take(`requests-${requests}`, simulated.filter(({ requestsInDuration }) => requestsInDuration === requests));
    for (const minRequests of OTHER_LEAST_REQUESTS) take(`least-${minRequests}`, simulateRollouts(round + 1, timesEach, { minRequests }));
  }
  return { figures: figuresOf(samples), skipped: [] };
}

function figuresOf(samples: RoundSamples): readonly Figure[] {
  const part = 'judgement' as const;
  const groups = [
    { series: 'all', told: 'all' },
    ...SIMULATED_REQUESTS.map((requests) => ({ series: `requests-${requests}`, told: `${requests.toLocaleString('en')} requests` })),
    ...OTHER_LEAST_REQUESTS.map((least) => ({ series: `least-${least}`, told: `all, minRequests ${least}` })),
  ];
  const rates = groups.flatMap(({ series, told }) =>
    RATES.flatMap(({ id, what, unit }) =>
      RULES.filter((rule) => rule === 'judged' || (id !== 'held' && !series.startsWith('least-'))).map((rule): Figure => {
        const name = `${series}.${id}.${rule}`;
        return { id: `judgement.${name}`, part, what: `${told}: ${what}, ${rule === 'plain' ? 'plain rule' : 'judged'}`, unit, values: samples.of(name) };
      }),
    ),
  );
  const differences = RATES.slice(0, 2).map(({ id, what }): Figure => {
    const values = samples.difference(`all.${id}.judged`, `all.${id}.plain`);
    return { id: `judgement.all.${id}.minus-plain`, part, what: `all: ${what}, judged minus plain`, unit: 'points', values };
  });
  return [...rates, ...differences];
}
