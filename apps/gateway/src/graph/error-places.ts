import { GraphQLError, type ExecutionResult } from 'graphql';

type Path = readonly (string | number)[];

/**
 * The same result with the place in each list in the path of errors that lack it: joining services forgets it, so two
 * objects of a list that miss a field would both say `ships.captain`. Each such error is given the next place on its path
 * that is null; when there are more errors than places, the rest say nothing new and are left out.
 */
export function withErrorPlaces(result: ExecutionResult): ExecutionResult {
  const { data, errors } = result;
  if (data == null || errors === undefined) return result;
  const left = new Map<string, Path[]>();
  return { ...result, errors: errors.flatMap((error) => placed(error, data, left)) };
}

function placed(error: GraphQLError, data: object, left: Map<string, Path[]>): GraphQLError[] {
  const { path } = error;
  if (path === undefined || !skipsList(data, path)) return [error];
  const key = JSON.stringify(path);
  const places = left.get(key);
  if (places !== undefined) return places.splice(0, 1).map((place) => at(error, place));
  const [first, ...others] = nullsOn(path, data, []);
  left.set(key, others);
  return [first === undefined ? error : at(error, first)];
}

function skipsList(value: unknown, [first, ...rest]: Path): boolean {
  if (first === undefined || typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) && typeof first === 'string') return true;
  return skipsList((value as Record<string, unknown>)[first], rest);
}

/** Every place a path without places in lists may mean and that is null, or lies below a null. */
function nullsOn(path: Path, value: unknown, before: Path): Path[] {
  if (value === null) return [[...before, ...path]];
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== 'object') return [];
  if (Array.isArray(value) && typeof first === 'string') return value.flatMap((item, index) => nullsOn(path, item, [...before, index]));
  return nullsOn(rest, (value as Record<string, unknown>)[first], [...before, first]);
}

function at({ message, nodes, originalError, extensions }: GraphQLError, path: Path): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, path, originalError: originalError ?? null, extensions });
}
