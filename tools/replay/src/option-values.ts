import { InvalidArgumentError } from 'commander';

/** A whole number in a range, from an option. */
export const upTo =
  (max: number, min = 1) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

/** For a help text: command lines that work when they are pasted. */
export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ npm run replay -- ${line}`).join('\n')}`;
