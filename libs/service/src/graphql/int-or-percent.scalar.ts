import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const INT_MAX = 2 ** 31 - 1;

/** A count or a share: `2` or `"25%"`, as Kubernetes writes maxSurge and maxUnavailable. */
export const IntOrPercent = new GraphQLScalarType<number | string, number | string>({
  name: 'IntOrPercent',
  description: 'A whole number such as 2, or a percentage as text such as "25%".',
  serialize: checked,
  parseValue: checked,
  parseLiteral: (node) => checked(node.kind === Kind.INT ? Number(node.value) : node.kind === Kind.STRING ? node.value : undefined),
});

function checked(value: unknown): number | string {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= INT_MAX) return value;
  if (typeof value === 'string' && /^\d{1,3}%$/.test(value)) return value;
  throw new GraphQLError('IntOrPercent must be a whole number such as 2, or a percentage such as "25%"');
}
