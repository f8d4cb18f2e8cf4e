import { renderPreview, secretMask } from './engine-command.js';

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
});
