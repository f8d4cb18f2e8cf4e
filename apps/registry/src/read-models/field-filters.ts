import { checkList, FILTER_CHARACTERS_MAX, refused, type Put } from './conditions.js';

type TextOperator = 'contains' | 'startsWith' | 'endsWith' | 'equals';

/** All that is given must hold. `i…` makes no difference between A-Z and a-z. */
export type StringFilter = {
  readonly [Name in TextOperator | `not${Capitalize<TextOperator>}` | `i${Capitalize<TextOperator>}` | `iNot${Capitalize<TextOperator>}`]?: string | null;
} & { readonly [Name in 'in' | 'notIn' | 'iIn' | 'iNotIn']?: readonly string[] | null };

/** `before` and `after` do not include the instant itself. */
export type DateTimeFilter = { readonly before?: Date | null; readonly after?: Date | null; readonly equals?: Date | null; readonly notEquals?: Date | null };

/**
 * Conditions on a text column. Without LIKE, which tells upper from lower case in PostgreSQL and not in SQLite. Where the
 * column is NULL, nothing is true of its text, so every negation is.
 */
export function textConditions(column: string, filter: StringFilter | null | undefined, put: Put): readonly string[] {
  return Object.entries(filter ?? {}).flatMap(([name, value]: [string, string | readonly string[] | null]) => {
    if (value === null) return [];
    const { operator, isFolded, isNegated } = readName(name);
    const subject = isFolded ? `lower(${column})` : column;
    const condition = comparison(operator, subject, typeof value === 'string' ? folded(value, isFolded) : checkList(value).map((text) => folded(text, isFolded)), put);
    const whole = `${column} IS NOT NULL AND ${condition}`;
    return [isNegated ? `NOT (${whole})` : whole];
  });
}

/** Conditions on a column of milliseconds that is never NULL. */
export function timeConditions(column: string, filter: DateTimeFilter | null | undefined, put: Put): readonly string[] {
  const given: readonly [string, Date | null | undefined][] = [
    ['<', filter?.before],
    ['>', filter?.after],
    ['=', filter?.equals],
    ['<>', filter?.notEquals],
  ];
  return given.flatMap(([operator, at]) => (at ? [`${column} ${operator} ${put(at.getTime())}`] : []));
}

type Name = { readonly operator: string; readonly isFolded: boolean; readonly isNegated: boolean };

/** `iNotContains` → contains, folded and negated */
function readName(name: string): Name {
  const [, fold = '', not = '', operator = name] = /^(i(?=[A-Z]))?(not|Not)?([A-Za-z]+)$/.exec(name) ?? [];
  return { operator: operator.charAt(0).toLowerCase() + operator.slice(1), isFolded: fold !== '', isNegated: not !== '' };
}

function comparison(operator: string, subject: string, value: string | readonly string[], put: Put): string {
  if (typeof value !== 'string') return value.length === 0 ? '1 = 0' : `${subject} IN (${put(value)})`;
  if (operator === 'equals') return `${subject} = ${put(value)}`;
  if (value === '') return '1 = 1';
  const length = [...value].length; // both databases count characters, not UTF-16 units
  switch (operator) {
    case 'contains':
      return `replace(${subject}, ${put(value)}, '') <> ${subject}`;
    case 'startsWith':
      return `substr(${subject}, 1, ${length}) = ${put(value)}`;
    default:
      return `length(${subject}) >= ${length} AND substr(${subject}, length(${subject}) - ${length} + 1) = ${put(value)}`;
  }
}

/** As `lower` of both databases does it, where text is in byte order. */
function folded(text: string, isFolded: boolean): string {
  if (text.length > FILTER_CHARACTERS_MAX) throw refused(`has a text of more than ${FILTER_CHARACTERS_MAX} characters`);
  if (text.includes('\0')) throw refused('has a text with a NUL, which nothing contains');
  return isFolded ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
