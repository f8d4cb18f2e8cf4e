import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundled model. */
export const TINY_TALES = fileURLToPath(new URL('../../../../models/tiny-tales/tiny-tales.gguf', import.meta.url));

export const MODEL_DEFINITION = `models:
  - name: tiny
    model_path: /models/weights.bin
    service:
      start_command: ["serve", "--port", "{port}"]
      port: 8080
      health_check:
        enable: true
        path: /health
`;

export type TempFolder = Disposable & {
  readonly path: string;
  /** Writes a file, and the folders above it. */
  write(relative: string, content: string | Buffer): string;
};

export function tempFolder(): TempFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-registry-'));
  return {
    path: folder,
    write(relative, content) {
      const file = path.join(folder, relative);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The folders named in the examples of S1, and one with the bundled model. */
export function fillModelRoot(root: string): void {
  const ids = ['tiny', 'eeb8c377-15d2-4a16-8ed8-01215f3a5353', '550e8400-e29b-41d4-a716-446655440000', '550e8400-e29b-41d4-a716-446655440001'];
  for (const id of [...ids, '7a83e195-7410-4768-a338-a949cef6be83', 'gguf', 'empty']) mkdirSync(path.join(root, id), { recursive: true });
  for (const id of ids) writeFileSync(path.join(root, id, 'model-definition.yaml'), MODEL_DEFINITION);
  copyFileSync(TINY_TALES, path.join(root, 'gguf', 'tiny-tales.gguf'));
}
