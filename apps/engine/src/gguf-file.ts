import { open, type FileHandle } from 'node:fs/promises';

/** `message`: one line that names the file. */
export type LoadFailure = { readonly kind: 'missing' | 'unreadable' | 'usage'; readonly message: string };
export type GgufFileOutcome = { readonly sizeBytes: number } | { readonly failure: LoadFailure };

const HEADER_BYTES = 8;
const VERSIONS = [2, 3];

/** What can be told of a model file without the library that reads it: that it is there, readable, and a GGUF file. */
export async function inspectGgufFile(path: string): Promise<GgufFileOutcome> {
  const fail = (kind: LoadFailure['kind'], why: string) => ({
    failure: { kind, message: `cannot load ${path}: ${why}` },
  });
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return fail('missing', 'it is not a file');
      const problem = await headerProblem(file);
      return problem === null ? { sizeBytes: stat.size } : fail('unreadable', `${problem} (${stat.size} bytes)`);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('missing', 'there is no such file');
    return fail('unreadable', message.split('\n')[0] ?? message);
  }
}

async function headerProblem(file: FileHandle): Promise<string | null> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  if (buffer.toString('latin1', 0, 4) !== 'GGUF') return 'it is not a GGUF file: it does not begin with GGUF';
  if (bytesRead < HEADER_BYTES) return 'it is cut off in its header';
  const version = buffer.readUInt32LE(4);
  return VERSIONS.includes(version) ? null : `its GGUF version is ${version}, not ${VERSIONS.join(' or ')}`;
}
