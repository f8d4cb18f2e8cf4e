import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseSpan, spanText } from './output/spans.js';

/** A whole number in a range, from an option. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

export const decimalNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };

/** `90s`, `15m`, `1h30m`, in milliseconds. */
export function span(text: string): number {
  const durationMs = parseSpan(text);
  if (durationMs === null) throw new InvalidArgumentError('It must be a length of time such as 90s, 15m or 1h30m.');
  return durationMs;
}

/** As `span`, in milliseconds, of a limited length. */
export const spanUpTo =
  (maxMs: number) =>
  (text: string): number => {
    const durationMs = span(text);
    if (durationMs <= maxMs) return durationMs;
    throw new InvalidArgumentError(`It must be no longer than ${spanText(maxMs)}.`);
  };

/** An instant, or a length of time ago: `2026-11-21T08:00:00Z`, `15m`; as the graph takes it. */
export const instant =
  (nowMs: () => number) =>
  (text: string): string => {
    const agoMs = parseSpan(text);
    const atMs = agoMs === null ? (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN) : nowMs() - agoMs;
    if (Number.isNaN(atMs)) throw new InvalidArgumentError('It must be a time such as 2026-11-21T08:00:00Z, or how long ago, such as 15m.');
    return new Date(atMs).toISOString();
  };

/** An option that may be given many times. */
export const collected = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** `KEY=value`, many times. */
export function pair(text: string, before: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=value.');
  return { ...before, [name]: value };
}

/** One of a few words, shown by help and completion. */
export function oneOf(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description).choices(choices);
  const strict = option.parseArg;
  // As the graph writes it, too: BLUE_GREEN is blue-green.
  return option.argParser((given: string, previous: unknown) => strict?.(choices.find((choice) => plain(choice) === plain(given)) ?? given, previous as never));
}

const plain = (choice: string): string => choice.toLowerCase().replaceAll('_', '-');

export const DEFAULT_WAIT_MS = 15 * 60_000;

/** `--wait` and its limit. */
export const addWait = (command: Command, what: string): Command =>
  command.option('--wait', what).option('--wait-limit <time>', 'how long to wait, such as 90s or 1h (default: 15m)', span, DEFAULT_WAIT_MS);

export type WaitOptions = { readonly wait?: true; readonly waitLimit: number };

/** For a help text: command lines that work when they are pasted. */
export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ slipway ${line}`).join('\n')}`;
