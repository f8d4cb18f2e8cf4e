import { maskOf, renderPreview, secretMask } from './engine-command.js';

describe('the preview of a command', () => {
  it('is one line that can be pasted, with secrets masked wherever they stand', () => {
    const command = {
      argv: ['serve', '--name', "it's", '--token=s3cr3t-value', ''],
      environ: { HF_TOKEN: 's3cr3t-value', OPTIONS: 'a s3cr3t-value b', EMPTY: '' },
      secretEnviron: ['HF_TOKEN', 'EMPTY'],
    };
    expect(renderPreview(command)).toBe(`HF_TOKEN=*** OPTIONS='a *** b' EMPTY=*** serve --name 'it'\\''s' --token=*** ''`);
  });

  it('shows control characters instead of sending them', () => {
    expect(renderPreview({ argv: ['a\u001b[31m\nb'], environ: {}, secretEnviron: [] })).toBe(`'a\\x1b[31m\\x0ab'`);
  });
});

describe('the mask of secrets', () => {
  it('replaces the longer of two secrets first, and leaves short ones, which are ordinary text', () => {
    const mask = secretMask({ environ: { A: 'secret', B: 'secret-two', C: 'abc' }, secretEnviron: ['A', 'B', 'C'] });
    expect(mask('secret-two and secret, abc')).toBe('*** and ***, abc');
  });

  it('knows a secret line by line, and as JSON and URLs spell it', () => {
    const mask = maskOf(['-----BEGIN\nsecret/line\n', 'quo"ted+one']);
    expect(mask('"-----BEGIN\\nsecret/line\\n" secret/line secret%2Fline quo\\"ted+one quo%22ted%2Bone')).toBe('"***" *** *** *** ***');
  });

  it('masks what may be the begin of a secret where a text was cut', () => {
    const mask = maskOf(['hf_the-real-value']);
    expect(mask('key: hf_the-re', true)).toBe('key: ***');
    expect(mask('key: hf_the-re')).toBe('key: hf_the-re');
    expect(mask('a bath', true)).toBe('a bath');
  });
});
