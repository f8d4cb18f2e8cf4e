import { existsSync, readFileSync } from 'node:fs';

/** What a module imports when it is loaded, through our own files. Types are gone by then. */
function packagesLoadedBy(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.href)) return new Set();
  seen.add(file.href);
  const source = readFileSync(file, 'utf8').replaceAll(/^(import|export) type [^;]*;/gm, '');
  const loaded = [...source.matchAll(/^(?:import|export)\b[^;]*? from '([^']+)';/gm)].map(([, specifier = '']) => specifier);
  const own = loaded.filter((specifier) => specifier.startsWith('.')).map((specifier) => new URL(specifier.replace(/\.js$/, '.ts'), file));
  expect(own.filter((url) => !existsSync(url))).toEqual([]);
  return new Set([...loaded.filter((specifier) => !specifier.startsWith('.')), ...own.flatMap((url) => [...packagesLoadedBy(url, seen)])]);
}

describe('what one process tree loads', () => {
  it('is without a broker', () => {
    const packages = [...packagesLoadedBy(new URL('./index.ts', import.meta.url))].filter((name) => !name.startsWith('node:'));
    expect(packages).toEqual(['@slipway/contracts']);
  });

  it('is with one by its own entry', () => {
    expect([...packagesLoadedBy(new URL('./nats/nats-bus.ts', import.meta.url))]).toContain('@nats-io/transport-node');
  });
});
