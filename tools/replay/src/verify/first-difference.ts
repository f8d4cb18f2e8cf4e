import { canonicalJson } from '@slipway/domain';

/** `path` leads to where two JSON values first differ: "state.weights[0]"; empty when the whole values do. */
export type Difference = { readonly path: string; readonly left: unknown; readonly right: unknown };

/** In the order of sorted keys; null when the values are equal. */
export function firstDifference(left: unknown, right: unknown, path = ''): Difference | null {
  if (left === undefined || right === undefined) return left === right ? null : { path, left, right };
  if (canonicalJson(left) === canonicalJson(right)) return null;
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let at = 0; at < Math.max(left.length, right.length); at++) {
      const difference = firstDifference(left[at], right[at], `${path}[${at}]`);
      if (difference !== null) return difference;
    }
  } else if (isRecord(left) && isRecord(right)) {
    for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
      const difference = firstDifference(own(left, key), own(right, key), path === '' ? key : `${path}.${key}`);
      if (difference !== null) return difference;
    }
  }
  return { path, left, right };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (value: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
