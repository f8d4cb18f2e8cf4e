import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { rewriteDocument } from './rewrite-document.js';

/**
 * Documents are rewritten as soon as they are parsed, so limits measure, and validation and execution see, what is
 * meant. Parsed documents are cached by their text one layer below: this remembers the outcome for each of them, and
 * by that what is cached below is the rewritten document. Every operation of a document is rewritten, whichever is run.
 */
export function rewritePlugin(): GatewayPlugin {
  let present: GraphQLSchema | null = null;
  let rewritten = new WeakMap<DocumentNode, DocumentNode>();
  return {
    onSchemaChange({ schema }) {
      present = schema as GraphQLSchema;
      rewritten = new WeakMap();
    },
    onParse() {
      return ({ result, replaceParseResult }) => {
        if (present === null || result === null || result instanceof Error) return;
        const document = result as DocumentNode;
        const known = rewritten.get(document) ?? rewriteDocument(document, present);
        rewritten.set(document, known).set(known, known);
        if (known !== document) replaceParseResult(known);
      };
    },
  };
}
