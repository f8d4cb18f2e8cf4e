const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const NAMELESS = new Set(['util', 'utils', 'common', 'helper', 'helpers', 'shared', 'base', 'manager']);

/** A file is named in kebab case for what it holds; a word that fits any file names none. Folders below `src` count as well. */
export const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      kebabCase: '"{{name}}" is not kebab case: write a noun and its role, as in deployment-list.projection.ts.',
      nameless: '"{{word}}" in "{{name}}" fits any file: name it for what it holds.',
    },
  },
  create: (context) => ({
    Program(node) {
      for (const name of namesBelowSource(context.filename)) {
        if (!KEBAB_CASE.test(name)) context.report({ node, messageId: 'kebabCase', data: { name } });
        const word = name.split(/[-.]/).find((part) => NAMELESS.has(part));
        if (word) context.report({ node, messageId: 'nameless', data: { name, word } });
      }
    },
  }),
};

function namesBelowSource(path) {
  const parts = path.split(/[\\/]/);
  return parts.slice(parts.lastIndexOf('src') + 1);
}
