import { CHAT_COMPLETION, CHAT_QUESTION, readChunks, streamChunk } from './chat-messages.js';

describe('readChunks', () => {
  it('finds every chunk however the bytes are cut', () => {
    const sent = [1, 1_234_567, 9_007_199_254_740_991];
    const bytes = Buffer.from(`${sent.map(streamChunk).join('')}data: [DONE]\n\n`);
    for (let size = 1; size <= bytes.length; size++) {
      const seen: number[] = [];
      let rest = Buffer.alloc(0) as Buffer;
      for (let at = 0; at < bytes.length; at += size) rest = readChunks(Buffer.concat([rest, bytes.subarray(at, at + size)]), (us) => seen.push(us));
      expect(seen).toEqual(sent);
    }
  });
});

describe('the messages', () => {
  it('are as small as the figures say, and can stand in single quotes', () => {
    expect(CHAT_QUESTION.length).toBeGreaterThan(230);
    expect(CHAT_QUESTION.length).toBeLessThan(270);
    expect(CHAT_COMPLETION.length).toBeGreaterThan(290);
    expect(CHAT_COMPLETION.length).toBeLessThan(320);
    expect(CHAT_COMPLETION + CHAT_QUESTION).not.toMatch(/['$\\]/);
  });
});
