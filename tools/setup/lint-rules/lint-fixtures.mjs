import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { ROOT } from '../workspace.mjs';

// Each fixture is linted as if it were the file that its first line names. Rules that need types are left out: no project has such a file.
const directory = join(ROOT, 'tools/setup/lint-fixtures');
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [tseslint.configs.disableTypeChecked, { languageOptions: { parserOptions: { projectService: false } } }],
});

const found = {};
for (const name of readdirSync(directory)) {
  const text = readFileSync(join(directory, name), 'utf8');
  const [, path] = /^\/\/ as (\S+)$/m.exec(text);
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, path) });
  found[name.replace(/\.ts$/, '')] = result.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}
process.stdout.write(JSON.stringify(found));
