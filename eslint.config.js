import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { fileName } from './tools/setup/lint-rules/file-name.mjs';
import { refreshProjectGraph } from './tools/setup/lint-rules/project-graph.mjs';

// The boundary rule reads the project graph from a cache and is skipped without one; a stale or missing graph would let a wrong import pass.
await refreshProjectGraph();

const SPECS = ['**/*.spec.ts', '**/*.conformance.ts', '**/testing/**', '**/fixtures/**', '**/conformance/**', '**/e2e/**', '**/test/**'];
const SOURCES = ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'tools/*/src/**/*.ts'];

const LINES_PER_FILE_MAX = 250;
const LINES_PER_FUNCTION_MAX = 70;

/** Who may import whom, by the one `layer:` tag in each project's package.json. */
const LAYERS = [
  { sourceTag: 'layer:domain', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:contract', onlyDependOnLibsWithTags: ['layer:domain'] },
  { sourceTag: 'layer:servers', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:domain', 'layer:contract', 'layer:servers'] },
  { sourceTag: 'layer:wiring', onlyDependOnLibsWithTags: ['layer:domain', 'layer:contract', 'layer:adapter', 'layer:servers'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:domain', 'layer:contract', 'layer:adapter', 'layer:wiring', 'layer:servers'] },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['layer:domain', 'layer:contract', 'layer:adapter', 'layer:wiring', 'layer:servers'] },
  {
    sourceTag: 'layer:standalone',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:contract', 'layer:adapter', 'layer:wiring', 'layer:servers', 'layer:app'],
  },
];

/** A client whose types and errors must not leak is known to one place alone. */
const ONE_IMPORTER = [
  { place: 'libs/event-log/src/eventstore-event-log.ts', group: ['@eventstore/db-client', '@eventstore/db-client/*'] },
  { place: 'libs/messaging/src/nats', group: ['@nats-io/*'] },
];
const oneImporterPatterns = (exceptPlace) =>
  ONE_IMPORTER.filter(({ place }) => place !== exceptPlace).map(({ place, group }) => ({ group, message: `Only ${place} may import it.` }));
const filesOf = (place) => (place.endsWith('.ts') ? [place] : [`${place}/**/*.ts`]);

const SYNTAX = {
  exportAll: { selector: 'ExportAllDeclaration', message: 'Name what is exported: `export *` hides what a module offers.' },
  defaultExport: { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that every importer uses the same word.' },
  environment: {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only config.ts of an app reads the environment; take the value as an argument.',
  },
  focusedTest: {
    selector: "MemberExpression[object.name=/^(describe|it|test)$/][property.name='only']",
    message: 'A focused test hides all the others.',
  },
  moduleMock: {
    selector: "MemberExpression[object.name='jest'][property.name=/^(mock|unstable_mockModule)$/]",
    message: 'No module mocks: pass a real or a memory part as an argument.',
  },
  now: { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'The domain has no clock: take the time as an argument.' },
  newDate: { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The domain has no clock: take the time as an argument.' },
  random: { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'The domain has no chance: take the number as an argument.' },
};

const IMPURE_GLOBALS = ['process', 'crypto', 'performance', 'fetch', 'console', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'require'];

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '.nx/', '.slipway/', '**/results/', '**/*.d.ts', 'apps/*/static/', 'tools/bench/peers/', 'tools/setup/lint-fixtures/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [js.configs.recommended],
    languageOptions: {
      sourceType: 'module',
      globals: Object.fromEntries(
        ['process', 'AbortController', 'console', 'URL', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'Buffer', 'describe', 'it', 'expect', 'afterEach', 'beforeEach', 'afterAll', 'beforeAll'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },

  {
    files: SOURCES,
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx, slipway: { rules: { 'file-name': fileName } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { banTransitiveDependencies: true, depConstraints: LAYERS }],
      'slipway/file-name': 'error',
      'max-lines': ['error', { max: LINES_PER_FILE_MAX, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: LINES_PER_FUNCTION_MAX, skipBlankLines: true }],
      'no-restricted-syntax': ['error', SYNTAX.exportAll, SYNTAX.defaultExport, SYNTAX.environment],
      'no-restricted-imports': ['error', { patterns: oneImporterPatterns() }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A port is asynchronous whether or not one adapter has something to wait for; its methods are closures, not bound to `this`.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // What the compiler could infer may still be worth saying; enums come only from other packages' types.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // Input from outside is searched for control characters on purpose.
      'no-control-regex': 'off',
    },
  },
  ...ONE_IMPORTER.map(({ place }) => ({ files: filesOf(place), rules: { 'no-restricted-imports': ['error', { patterns: oneImporterPatterns(place) }] } })),
  {
    // It speaks the other side of the same wire, and its tests drive the real client.
    files: ['libs/event-log/src/eventstore-double/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: oneImporterPatterns('libs/event-log/src/eventstore-event-log.ts') }] },
  },
  { files: ['**/src/**/config.ts'], rules: { 'no-restricted-syntax': ['error', SYNTAX.exportAll, SYNTAX.defaultExport] } },

  {
    files: ['libs/domain/src/**/*.ts'],
    ignores: SPECS,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]', message: 'The domain imports nothing but itself.' }] }],
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: 'The domain is pure: take it as an argument.' }))],
      'no-restricted-syntax': ['error', SYNTAX.exportAll, SYNTAX.defaultExport, SYNTAX.environment, SYNTAX.now, SYNTAX.newDate, SYNTAX.random],
    },
  },

  {
    files: SPECS,
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', SYNTAX.exportAll, SYNTAX.focusedTest, SYNTAX.moduleMock],
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
