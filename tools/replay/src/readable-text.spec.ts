import { briefJson, counted, prettyJson, readableCount, textTable } from './readable-text.js';

describe('readable text', () => {
  it('sorts keys at every depth, so that equal values print equally', () => {
    expect(prettyJson({ b: [{ d: 1, c: 2 }], a: 'x' })).toBe(prettyJson({ a: 'x', b: [{ c: 2, d: 1 }] }));
    expect(prettyJson({ b: 1, a: 2 })).toBe('{\n  "a": 2,\n  "b": 1\n}');
  });

  it('lets nothing through that a terminal would take as a command', () => {
    const text = prettyJson({ text: '\u001b[2J \u009b2J \u007f \u2028' });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]/);
    expect(JSON.parse(text)).toEqual({ text: '\u001b[2J \u009b2J \u007f \u2028' });
  });

  it('shows bytes as base64', () => expect(JSON.parse(prettyJson(new Uint8Array([1, 2, 3])))).toEqual({ base64: 'AQID' }));

  it('cuts what is too long for a line', () => {
    expect(briefJson({ text: 'x'.repeat(100) }, 20)).toHaveLength(20);
    expect(briefJson(undefined, 20)).toBe('nothing');
  });

  it('groups thousands and minds the plural', () => {
    expect([0, 999, 1000, 1234567].map(readableCount)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([counted(1, 'event'), counted(2, 'event'), counted(0, 'event')]).toEqual(['1 event', '2 events', '0 events']);
  });

  it('aligns columns', () => {
    expect(textTable(['name', 'events'], [['a', '1'], ['long name', '1,000']], ['events'])).toBe('name       events\na               1\nlong name   1,000');
  });
});
