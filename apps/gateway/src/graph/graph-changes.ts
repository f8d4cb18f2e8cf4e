import { buildSchema, findBreakingChanges } from 'graphql';

/** What a client written for the one graph cannot rely on in the other, in words. Nothing breaks where there was no graph before. */
export function breakingChanges(before: string, after: string): readonly string[] {
  if (before.trim() === '') return [];
  return findBreakingChanges(buildSchema(before), buildSchema(after)).map(({ description }) => description);
}
