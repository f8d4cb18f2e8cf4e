import { isAlias, isCollection, isScalar, parseDocument, visit, type Alias, type Document, type Node } from 'yaml';

const NODES_MAX = 20_000;
const DEPTH_MAX = 50;
/** The parser looks for an alias's anchor from the beginning each time, so their number counts twice. */
const ALIASES_MAX = 100;
/** Values that all aliases together may stand for, as the parser counts them; a bomb of ten lines stands for billions. */
const ALIAS_COUNT_MAX = 20;

/**
 * One YAML 1.2 document as plain values. Text that is too complex, refers to itself, or means more than it says is
 * refused with one sentence, which gives the line where there is one. Never throws on any text.
 */
export function readYaml(text: string): { readonly value: unknown } | { readonly problem: string } {
  const document = parseDocument(text, { prettyErrors: true, stringKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined) return { problem: sentenceOf(syntax.message) };
  const problem = shapeProblem(document);
  if (problem !== null) return { problem };
  try {
    return { value: document.toJS({ maxAliasCount: ALIAS_COUNT_MAX }) };
  } catch (error) {
    if (error instanceof ReferenceError) return { problem: `repeats by alias (*) more than ${ALIAS_COUNT_MAX} values` };
    throw error;
  }
}

/** The first line of the parser's message; what only says that its own stack is full, in terms of the text. */
function sentenceOf(message: string): string {
  if (message.startsWith('Maximum call stack')) return `is nested deeper than ${DEPTH_MAX}`;
  if (message.startsWith('Source contains multiple documents')) return 'holds more than one document (---)';
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

type Ancestry = readonly unknown[];

function shapeProblem(document: Document.Parsed): string | null {
  let nodes = 0;
  let aliases = 0;
  let problem: string | null = null;
  visit(document, {
    Node: (_key, node: Node, path: Ancestry) => {
      if (isAlias(node)) problem = ++aliases > ALIASES_MAX ? `has more than ${ALIASES_MAX} aliases` : aliasProblem(node, document, path);
      else if (isScalar(node) || isCollection(node)) {
        if (++nodes > NODES_MAX) problem = `has more than ${NODES_MAX} values`;
        else if (path.length > DEPTH_MAX) problem = `is nested deeper than ${DEPTH_MAX}`;
      }
      return problem === null ? undefined : visit.BREAK;
    },
  });
  return problem;
}

function aliasProblem(alias: Alias, document: Document.Parsed, path: Ancestry): string | null {
  const target = alias.resolve(document);
  if (target === undefined) return `has an alias *${alias.source} without an anchor before it`;
  return path.includes(target) ? `has an alias *${alias.source} that contains itself` : null;
}
