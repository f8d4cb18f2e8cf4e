import { invalidInput } from '@slipway/contracts';

/** Levels of AND, OR and NOT within each other. */
export const FILTER_LEVELS_MAX = 6;
/** Comparisons in one filter, all levels together. */
export const FILTER_CONDITIONS_MAX = 100;
/** Values in one list of a filter. */
export const FILTER_VALUES_MAX = 100;
/** Characters of one text to compare with. */
export const FILTER_CHARACTERS_MAX = 512;

export type FilterTree<Fields> = Fields & {
  readonly AND?: readonly FilterTree<Fields>[] | null;
  readonly OR?: readonly FilterTree<Fields>[] | null;
  readonly NOT?: readonly FilterTree<Fields>[] | null;
};

/** Gives a value to the query; answers the placeholder that stands for it. */
export type Put = (value: string | number | boolean | readonly string[]) => string;

export type Compiled = { readonly sql: string; readonly parameters: Readonly<Record<string, unknown>> };

/**
 * A filter as one SQL condition that means the same to SQLite and PostgreSQL; `conditionsOf` gives those of one level,
 * each of which is true or false and never NULL. All that is given at a level must hold; of OR, one of the list.
 * Throws INVALID_INPUT beyond the limits.
 */
export function compileFilter<Fields>(filter: FilterTree<Fields>, conditionsOf: (fields: Fields, put: Put) => readonly string[]): Compiled {
  const parameters: Record<string, unknown> = {};
  let conditions = 0;
  const put: Put = (value) => {
    const name = `f${Object.keys(parameters).length}`;
    parameters[name] = value;
    return Array.isArray(value) ? `:...${name}` : `:${name}`;
  };
  const compile = (tree: FilterTree<Fields>, level: number): string => {
    if (level > FILTER_LEVELS_MAX) throw refused(`has more than ${FILTER_LEVELS_MAX} levels`);
    const own = conditionsOf(tree, put);
    conditions += own.length;
    if (conditions > FILTER_CONDITIONS_MAX) throw refused(`has more than ${FILTER_CONDITIONS_MAX} conditions`);
    const [all, any, none] = [tree.AND, tree.OR, tree.NOT].map((trees) => checkList(trees ?? []).map((inner) => compile(inner, level + 1)));
    const parts = [...own, ...(all ?? []), ...(any?.length ? [any.join(' OR ')] : []), ...(none ?? []).map((part) => `NOT ${part}`)];
    return parts.length === 0 ? '(1 = 1)' : `(${parts.map((part) => `(${part})`).join(' AND ')})`;
  };
  return { sql: compile(filter, 1), parameters };
}

/** The list as it is. Throws INVALID_INPUT when it is too long. */
export function checkList<T>(values: readonly T[]): readonly T[] {
  if (values.length > FILTER_VALUES_MAX) throw refused(`has a list of more than ${FILTER_VALUES_MAX}`);
  return values;
}

/** Whether any level of a filter fulfils a condition. */
export function someLevel<Fields>(tree: FilterTree<Fields>, isIt: (fields: Fields) => boolean): boolean {
  return isIt(tree) || [tree.AND, tree.OR, tree.NOT].some((trees) => trees?.some((inner) => someLevel(inner, isIt)) ?? false);
}

export const refused = (problem: string): Error => invalidInput([{ field: 'filter', problem }]);
