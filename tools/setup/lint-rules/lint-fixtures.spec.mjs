import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';

// Which of its messages comes first where a wrong import also closes a circle is the rule's affair.
const BOUNDARIES = '@nx/enforce-module-boundaries';

describe('lint', () => {
  let found;
  beforeAll(() => {
    found = JSON.parse(execFileSync(process.execPath, [join(ROOT, 'tools/setup/lint-rules/lint-fixtures.mjs')], { encoding: 'utf8' }));
  });
  const errorsOf = (fixture) => found[fixture].join('\n');

  it.each([
    ['domain-imports-node', 'The domain imports nothing but itself'],
    ['domain-imports-package', 'The domain imports nothing but itself'],
    ['domain-imports-contracts', 'The domain imports nothing but itself'],
    ['domain-reads-clock', 'The domain has no clock'],
    ['domain-imports-contracts', `${BOUNDARIES}: `],
    ['contracts-imports-adapter', `${BOUNDARIES}: `],
    ['adapter-imports-adapter', `${BOUNDARIES}: A project tagged with "layer:adapter" can only depend on`],
    ['app-imports-app', `${BOUNDARIES}: A project tagged with "layer:app" can only depend on`],
    ['tool-imports-app', `${BOUNDARIES}: A project tagged with "layer:tool" can only depend on`],
    ['standalone-imports-tool', `${BOUNDARIES}: A project tagged with "layer:standalone" can only depend on`],
    ['relative-import-across-projects', `${BOUNDARIES}: Projects cannot be imported by a relative or absolute path`],
    ['second-importer-of-event-store', 'Only libs/event-log/src/eventstore-event-log.ts may import it'],
    ['second-importer-of-nats', 'Only libs/messaging/src/nats may import it'],
    ['nameless-file', '"utils" in "request-utils.ts" fits any file'],
    ['export-all-and-default', 'Name what is exported'],
    ['export-all-and-default', 'Export by name'],
    ['reads-environment', 'Only config.ts of an app reads the environment'],
  ])('refuses %s: %s', (fixture, message) => {
    expect(errorsOf(fixture)).toContain(message);
  });

  it.each(['allowed-imports', 'standalone-imports-app'])('lets %s pass', (fixture) => {
    expect(found[fixture]).toEqual([]);
  });
});
