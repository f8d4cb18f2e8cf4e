import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';

/** The sequences of one context. They keep what they evaluated, so that a prompt that begins alike starts further on. */
export type LlamaSequences = {
  /** Takes the free sequence that already holds most of the prompt. Throws when none is free: the caller counts. */
  take(prompt: readonly number[]): TakenSequence;
};

export type TakenSequence = {
  readonly sequence: LlamaContextSequence;
  /** Cuts the sequence back to what it shares with the prompt; returns the tokens still to evaluate, at least one. */
  alignTo(prompt: readonly number[]): Promise<Token[]>;
  release(): void;
};

export function createLlamaSequences(context: LlamaContext): LlamaSequences {
  // oldest use first, so that among equals the longest unused gives way
  const free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  return {
    take(prompt) {
      const best = indexOfBest(free, prompt);
      const sequence = free.splice(best, 1)[0];
      if (sequence === undefined) throw new Error('more generations at once than the context has sequences');
      return { sequence, alignTo: (tokens) => align(sequence, tokens), release: () => void free.push(sequence) };
    },
  };
}

function indexOfBest(free: readonly LlamaContextSequence[], prompt: readonly number[]): number {
  let best = 0;
  let bestShared = -1;
  free.forEach((sequence, index) => {
    const shared = sequence.compareContextTokens(prompt as Token[]).firstDifferentIndex;
    if (shared <= bestShared) return;
    best = index;
    bestShared = shared;
  });
  return best;
}

async function align(sequence: LlamaContextSequence, prompt: readonly number[]): Promise<Token[]> {
  const tokens = prompt as Token[];
  // evaluating nothing yields nothing, so the last prompt token is always evaluated again
  const shared = Math.min(sequence.compareContextTokens(tokens).firstDifferentIndex, tokens.length - 1);
  if (sequence.nextTokenIndex > shared)
    await sequence.eraseContextTokenRanges([{ start: shared, end: sequence.nextTokenIndex }]);
  // a model with a recurrent or windowed state may have to forget more than was asked
  return tokens.slice(Math.min(shared, sequence.nextTokenIndex));
}
