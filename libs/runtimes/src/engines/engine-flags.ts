import { splitWords, type Json, type RevisionSpec } from '@slipway/domain';
import { launchFailed, type EngineRefusal } from '../engine-command.js';

type Words = readonly string[] | EngineRefusal;

/** The words of a user's free-form parameters. Refused: what cannot be split, and flags the platform sets itself. */
export function freeWords(text: string | undefined, field: string, reserved: readonly string[]): Words {
  const words = splitWords(text ?? '');
  if ('problem' in words) return launchFailed(`${field} ${words.problem}`);
  const taken = words.find((word) => reserved.includes(word.split('=', 1)[0] ?? ''));
  return taken === undefined ? words : launchFailed(`${field}: ${taken.split('=', 1)[0]} is set by the platform`);
}

/**
 * `serviceConfig.extra` of our own engines: each known key is one flag (`ttftMs` → `--mock-ttft-ms`).
 * Unknown keys are refused, so that a misspelt one is noticed.
 */
export function extraFlags(spec: RevisionSpec, flags: Readonly<Record<string, string>>): Words {
  const words: string[] = [];
  for (const [key, value] of Object.entries(spec.modelRuntimeConfig.serviceConfig?.extra ?? {})) {
    const flag = Object.hasOwn(flags, key) ? flags[key] : undefined;
    if (flag === undefined) return launchFailed(`serviceConfig.extra.${key} is not known; known are ${Object.keys(flags).join(', ')}`);
    if (!isPlain(value)) return launchFailed(`serviceConfig.extra.${key} is not text or a number`);
    words.push(`--${flag}=${value}`);
  }
  return words;
}

export function isRefusal(outcome: object): outcome is EngineRefusal {
  return 'type' in outcome && outcome.type === 'refused';
}

const isPlain = (value: Json): value is string | number => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
