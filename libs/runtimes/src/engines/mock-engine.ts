import type { RevisionSpec } from '@slipway/domain';
import type { EngineOutcome } from '../engine-command.js';
import type { EngineContext } from './engine-context.js';
import { extraFlags, isRefusal } from './engine-flags.js';
import { builtInCommand } from './llama-cpp-engine.js';

/** Keys of `serviceConfig.extra`; as a variable of `environ`, `ttftMs` is `MOCK_TTFT_MS`. */
const KNOBS = {
  ttftMs: 'mock-ttft-ms',
  tokensPerSecond: 'mock-tokens-per-second',
  errorRate: 'mock-error-rate',
  startDelayMs: 'mock-start-delay-ms',
  capacity: 'mock-capacity',
  seed: 'mock-seed',
  tokens: 'mock-tokens',
  failStart: 'mock-fail-start',
  text: 'mock-text',
  queueDepth: 'queue-depth',
  drainTimeoutMs: 'drain-timeout-ms',
};

/** The built-in engine without a model. `extraCliParameters` wins over `serviceConfig.extra`, which wins over `environ`. */
export function mockEngine(spec: RevisionSpec, context: EngineContext): EngineOutcome {
  const extra = extraFlags(spec, KNOBS);
  if (isRefusal(extra)) return extra;
  const fromEnviron = Object.values(KNOBS).flatMap((flag) => {
    const value = context.resolvedEnviron[flag.toUpperCase().replaceAll('-', '_')];
    return flag.startsWith('mock-') && value !== undefined ? [`--${flag}=${value}`] : [];
  });
  return builtInCommand(spec, context, [...fromEnviron, ...extra], ['--engine=mock']);
}
