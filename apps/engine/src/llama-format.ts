import type { Llama, LlamaGrammar } from 'node-llama-cpp';
import { SCHEMA_COUNT_MAX, SCHEMA_DEPTH_MAX, SCHEMA_NODES_MAX } from './limits.js';
import type { AnswerFormat, FormatOutcome } from './text-model.js';

/** Compiles an answer format to a grammar. Schemas come from callers: size and counts are bounded before the compiler. */
export async function prepareLlamaFormat(llama: Llama, format: AnswerFormat): Promise<FormatOutcome> {
  if (format.type === 'json') return guideOf(await llama.getGrammarFor('json'));
  const problem = schemaProblem(format.schema);
  if (problem !== null) return { refused: problem };
  try {
    return guideOf(await llama.createGrammarForJsonSchema(format.schema as never));
  } catch (cause) {
    return { refused: `the schema cannot be turned into a grammar: ${cause instanceof Error ? cause.message : ''}` };
  }
}

/** The grammars end in optional line breaks; four in a row mean the object is whole. */
function guideOf(grammar: LlamaGrammar): FormatOutcome {
  return { guide: { detail: grammar, stop: ['\n\n\n\n'] } };
}

const COUNTED_KEYWORDS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];

function schemaProblem(schema: unknown): string | null {
  let nodes = 0;
  const visit = (value: unknown, depth: number): string | null => {
    if (typeof value !== 'object' || value === null) return null;
    if (++nodes > SCHEMA_NODES_MAX) return `the schema has more than ${SCHEMA_NODES_MAX} parts`;
    if (depth > SCHEMA_DEPTH_MAX) return `the schema is nested deeper than ${SCHEMA_DEPTH_MAX}`;
    for (const [key, child] of Object.entries(value)) {
      const tooMany = COUNTED_KEYWORDS.includes(key) && typeof child === 'number' && child > SCHEMA_COUNT_MAX;
      if (tooMany) return `${key} may be at most ${SCHEMA_COUNT_MAX}`;
      const problem = visit(child, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  };
  return visit(schema, 0);
}
