import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { SlipwayError } from '@slipway/contracts';
import type { DocumentNode, GraphQLSchema, ParseOptions, Source } from 'graphql';
import type { QueryLimits } from '../config.js';
import { exceededLimit } from './measure-query.js';

/** graphql-js's; the runtime's own types say `any`. */
type Parse = (source: string | Source, options?: ParseOptions) => DocumentNode;

/**
 * Refuses documents over a limit: tokens while they are parsed, the rest before they are validated. It throws rather
 * than sets a result, because results of validation are cached by document while page sizes come with the variables.
 */
export function queryLimitsPlugin(limits: QueryLimits): GatewayPlugin {
  return {
    onParse({ parseFn, setParseFn }) {
      const parse = parseFn as Parse;
      setParseFn(((source, options) =>
        parseWithin(limits, source, () => parse(source, { ...options, maxTokens: limits.tokensMax }))) satisfies Parse);
    },
    onValidate({ params, context }) {
      const { documentAST, schema } = params as { documentAST: DocumentNode; schema: GraphQLSchema };
      const variables = (context as { params?: { variables?: Record<string, unknown> } }).params?.variables ?? {};
      const exceeded = exceededLimit(documentAST, schema, variables, limits);
      if (exceeded !== null) throw tooComplex(exceeded.limit, exceeded.max);
    },
  };
}

export function tooComplex(limit: string, max: number): SlipwayError {
  return new SlipwayError('QUERY_TOO_COMPLEX', { limit: `${limit} (${max})`, limitName: limit, max });
}

function parseWithin(limits: QueryLimits, source: Source | string, parse: () => DocumentNode): DocumentNode {
  const text = typeof source === 'string' ? source : source.body;
  if (text.length > limits.documentCharsMax) throw tooComplex('documentCharsMax', limits.documentCharsMax);
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw tooComplex('depthMax', limits.depthMax);
    if (error instanceof Error && /more (than|that) \d+ tokens/.test(error.message)) throw tooComplex('tokensMax', limits.tokensMax);
    throw error;
  }
}
