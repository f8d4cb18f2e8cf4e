import { canonicalJson } from '../canonical-json.js';
import { SECRET_SHOWN } from '../timeline/shown-fact.js';
import type { Json, RevisionSpec } from './revision-spec.js';

export type RevisionChange = {
  /** `modelRuntimeConfig.environ.MODE`, `mounts[/data].permission`, `modelDefinition.models[tiny].service.startCommand[3]`. */
  readonly path: string;
  readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED';
  /** Absent where there was nothing; secrets are masked. */
  readonly before?: Json;
  readonly after?: Json;
};

/** Items of two lists that are aligned by the longest common run; in longer ones, items are compared by their places. */
export const ALIGNED_ITEMS_MAX = 500;

/** What distinguishes two frozen specs, field by field, in the order of the fields. Equal specs have no changes. */
export function diffRevisions(before: RevisionSpec, after: RevisionSpec): readonly RevisionChange[] {
  return diffValues('', before as unknown as Json, after as unknown as Json);
}

function diffValues(path: string, before: Json | undefined, after: Json | undefined): readonly RevisionChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: 'ADDED', after: shown(after as Json) }];
  if (after === undefined) return [{ path, kind: 'REMOVED', before: shown(before) }];
  if (same(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(path, before as readonly Json[], after as readonly Json[]);
  if (isFields(before) && isFields(after)) return diffFields(path, before, after);
  return [{ path, kind: 'CHANGED', before: shown(before), after: shown(after) }];
}

type Fields = { readonly [name: string]: Json };

function diffFields(path: string, before: Fields, after: Fields): readonly RevisionChange[] {
  const names = [...Object.keys(before), ...Object.keys(after).filter((name) => !Object.hasOwn(before, name))];
  return names.flatMap((name) => diffValues(path === '' ? name : `${path}.${name}`, own(before, name), own(after, name)));
}

/** Lists of things with a name are compared name by name, whatever their order; others are aligned. */
function diffLists(path: string, before: readonly Json[], after: readonly Json[]): readonly RevisionChange[] {
  const name = NAMING_FIELDS.find((field) => isNamedBy(field, before) && isNamedBy(field, after));
  if (name === undefined) return diffItems(path, before, after);
  const named = (items: readonly Json[]): ReadonlyMap<string, Json> => new Map(items.map((item) => [(item as { readonly [field: string]: string })[name] ?? '', item]));
  const [olds, news] = [named(before), named(after)];
  const changes = [...new Set([...olds.keys(), ...news.keys()])].flatMap((key) => diffValues(`${path}[${key}]`, olds.get(key), news.get(key)));
  if (changes.length > 0) return changes;
  return [{ path, kind: 'CHANGED', before: [...olds.keys()], after: [...news.keys()] }]; // the same in another order
}

/** What tells things in a list apart, the best first. */
const NAMING_FIELDS = ['destination', 'name'] as const;

const isNamedBy = (field: string, items: readonly Json[]): boolean =>
  items.every((item) => isFields(item) && typeof own(item, field) === 'string') && new Set(items.map((item) => (item as Fields)[field])).size === items.length;

function diffItems(path: string, before: readonly Json[], after: readonly Json[]): readonly RevisionChange[] {
  if (Math.max(before.length, after.length) > ALIGNED_ITEMS_MAX) {
    const places = Array.from({ length: Math.max(before.length, after.length) }, (_, at) => at);
    return places.flatMap((at) => diffValues(`${path}[${at}]`, before[at], after[at]));
  }
  const common = commonLengths(before, after);
  const changes: RevisionChange[] = [];
  let [old, next] = [0, 0];
  while (old < before.length || next < after.length) {
    const [left, right] = [before[old], after[next]];
    if (left !== undefined && right !== undefined && same(left, right)) {
      old++;
      next++;
    } else if (right === undefined || (left !== undefined && lengthAt(common, old + 1, next) >= lengthAt(common, old, next + 1)))
      changes.push(...diffValues(`${path}[${old++}]`, left, undefined));
    else changes.push(...diffValues(`${path}[${next++}]`, undefined, right));
  }
  return replacements(changes);
}

/** One item taken away and another put in its place is one item changed. */
function replacements(changes: readonly RevisionChange[]): readonly RevisionChange[] {
  const merged: RevisionChange[] = [];
  for (const change of changes) {
    const last = merged.at(-1);
    if (last?.kind === 'REMOVED' && change.kind === 'ADDED' && last.path === change.path)
      merged.splice(-1, 1, { path: change.path, kind: 'CHANGED', before: last.before as Json, after: change.after as Json });
    else merged.push(change);
  }
  return merged;
}

/** Of the items from these places on: how many the two lists have in common, in order. */
function commonLengths(before: readonly Json[], after: readonly Json[]): readonly (readonly number[])[] {
  const rows: number[][] = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  const [lefts, rights] = [before.map(text), after.map(text)];
  for (let left = before.length - 1; left >= 0; left--)
    for (let right = after.length - 1; right >= 0; right--) {
      const row = rows[left] ?? [];
      row[right] = lefts[left] === rights[right] ? lengthAt(rows, left + 1, right + 1) + 1 : Math.max(lengthAt(rows, left + 1, right), lengthAt(rows, left, right + 1));
    }
  return rows;
}

const lengthAt = (rows: readonly (readonly number[])[], left: number, right: number): number => rows[left]?.[right] ?? 0;

/** A secret is one value, and so is a quantity: its text says it all. */
const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value) && !isSecret(value) && !isQuantity(value);
const isSecret = (value: object): boolean => Object.keys(value).join() === 'secretRef';
const isQuantity = (value: object): value is { text: string } => Object.keys(value).sort().join() === 'bytes,text';

function shown(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(shown);
  if (isSecret(value)) return SECRET_SHOWN;
  if (isQuantity(value)) return value.text;
  return Object.fromEntries(Object.entries(value as Fields).map(([name, field]) => [name, shown(field)]));
}

const text = (value: Json): string => canonicalJson(value);
const same = (a: Json, b: Json): boolean => text(a) === text(b);
const own = (fields: Fields, name: string): Json | undefined => (Object.hasOwn(fields, name) ? fields[name] : undefined);
