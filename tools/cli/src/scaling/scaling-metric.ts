import { InvalidArgumentError, Option } from 'commander';

/** What a rule can look at: the figures of a replica, as the graph calls them. A spec keeps it in step with the graph. */
export const SCALING_METRICS = [
  'inFlight',
  'requestsPerSecond',
  'requestsRunning',
  'requestsWaiting',
  'kvCacheUsage',
  'ttftP50Ms',
  'ttftP95Ms',
  'ttftP99Ms',
  'tpotP50Ms',
  'tpotP95Ms',
  'tpotP99Ms',
  'latencyP50Ms',
  'latencyP95Ms',
  'latencyP99Ms',
  'promptTokensPerSecond',
  'generationTokensPerSecond',
  'prefixCacheHitRate',
  'errorRate',
  'successRate',
  'cpuUtilization',
  'memoryUsedBytes',
  'gpuUtilization',
  'gpuMemoryUsedBytes',
] as const;

const SUGGESTED_MAX = 3;
/** Share of letter pairs in common, from 0 to 1: below it a word was probably not meant. */
const LIKENESS_MIN = 0.5;

/** `--metric`: its names are shown by help and completed; a slip is answered with what was meant before anybody is asked. */
export const metricOption = (description: string): Option => new Option('--metric <name>', description).choices(SCALING_METRICS).argParser(metricGiven);

/** `inFlight`; `in-flight` and `IN_FLIGHT` are the same. */
export function metricGiven(text: string): string {
  const known = SCALING_METRICS.find((name) => plain(name) === plain(text));
  if (known !== undefined) return known;
  const near = nearMetrics(text);
  const meant = near.length === 0 ? `These are: ${SCALING_METRICS.join(', ')}.` : `Did you mean ${near.length === 1 ? '' : 'one of '}${near.join(', ')}?`;
  throw new InvalidArgumentError(`There is no such metric. ${meant}`);
}

/** Those with the word in their name, such as `latency`; else the likest one. */
function nearMetrics(text: string): readonly string[] {
  const word = plain(text);
  const holding = word === '' ? [] : SCALING_METRICS.filter((name) => plain(name).includes(word));
  if (holding.length > 0) return holding.slice(0, SUGGESTED_MAX);
  const [likest] = SCALING_METRICS.map((name) => ({ name, likeness: likenessOf(word, plain(name)) })).sort((a, b) => b.likeness - a.likeness);
  return likest !== undefined && likest.likeness >= LIKENESS_MIN ? [likest.name] : [];
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z\d]/g, '');

/** Dice's coefficient over pairs of letters. */
function likenessOf(a: string, b: string): number {
  const others = pairsOf(b);
  const common = pairsOf(a).filter((pair) => {
    const at = others.indexOf(pair);
    if (at >= 0) others.splice(at, 1);
    return at >= 0;
  });
  return (2 * common.length) / Math.max(1, a.length + b.length - 2);
}

const pairsOf = (text: string): string[] => Array.from({ length: Math.max(0, text.length - 1) }, (_unused, index) => text.slice(index, index + 2));
