import { stringify } from 'yaml';

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** The answer of a command: for programs, and for people. */
export type Answer = {
  readonly data: unknown;
  readonly text: () => string;
};

/** Many answers one after the other stay apart: JSON on one line each, YAML as documents. */
export function formatAnswer({ data, text }: Answer, format: Format, isOneOfMany = false): string {
  switch (format) {
    case 'table':
      return text();
    case 'json':
      return JSON.stringify(data, null, isOneOfMany ? 0 : 2);
    case 'yaml':
      return `${isOneOfMany ? '---\n' : ''}${stringify(data).trimEnd()}`;
  }
}
