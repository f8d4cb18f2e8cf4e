import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openMemoryEventLog } from '@slipway/event-log';
import { ReplayError } from '../exit-codes.js';
import { appendAwkward, AWKWARD_DATA } from '../fixtures/history-samples.js';
import { readExport } from './export-reader.js';
import { exportText } from './export-writer.js';

let whole: Buffer;
let packed: Buffer;
let original: string;

const reading = (bytes: Buffer, chunkBytes = 65_536) =>
  readExport('export', Readable.from(Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) => bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes)), { objectMode: false }));
const contentOf = async (bytes: Buffer, chunkBytes?: number) => JSON.stringify((await Array.fromAsync(reading(bytes, chunkBytes))).flat());

/** What reading it came to: its events, or one line that says where it is wrong. */
async function outcome(bytes: Buffer): Promise<'the same' | 'refused' | 'something else'> {
  try {
    return (await contentOf(bytes)) === original ? 'the same' : 'something else';
  } catch (error) {
    if (!(error instanceof ReplayError) || error.message.includes('\n')) throw error;
    return 'refused';
  }
}

beforeAll(async () => {
  const log = openMemoryEventLog({ nowMs: () => 1_700_000_000_000 });
  await appendAwkward(log, 2);
  let text = '';
  for await (const piece of exportText(log, 'sqlite', { streamPrefix: null, from: 1, until: null }, '2026-11-20T12:00:00.000Z', () => undefined)) text += piece;
  whole = Buffer.from(text);
  packed = gzipSync(whole);
  original = await contentOf(whole);
});

describe('an export', () => {
  it('is read the same however it arrives', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), fc.boolean(), async (chunkBytes, isPacked) => (await contentOf(isPacked ? packed : whole, chunkBytes)) === original), { numRuns: 60 });
  });

  it('is refused with any bit of it turned', async () => {
    const flip = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(flip, async ({ at, bit }) => {
        const altered = Buffer.from(whole);
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        expect(await outcome(altered)).toBe('refused');
      }),
      { numRuns: 1_500 },
    );
  });

  it('is refused cut short anywhere, compressed or not', async () => {
    for (const bytes of [whole, packed])
      await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => expect(await outcome(bytes.subarray(0, length))).toBe('refused')), { numRuns: 200 });
  });

  it('compressed never gives other events with a bit turned', async () => {
    const flip = fc.record({ at: fc.nat(packed.length - 1), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(flip, async ({ at, bit }) => {
        const altered = Buffer.from(packed);
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        expect(await outcome(altered)).not.toBe('something else');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with lines lost, doubled or changed over, naming the first wrong one', async () => {
    const lines = whole.toString('utf8').trimEnd().split('\n');
    const line = fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(line, line, fc.constantFrom('lose', 'double', 'exchange'), async (a, b, how) => {
        const altered = [...lines];
        if (how === 'lose') altered.splice(a, 1);
        else if (how === 'double') altered.splice(a, 0, lines[a] ?? '');
        else [altered[a], altered[b]] = [lines[b] ?? '', lines[a] ?? ''];
        fc.pre(altered.join() !== lines.join());
        const firstWrong = altered.findIndex((text, at) => text !== lines[at]) + 1;
        const named = firstWrong === 0 ? altered.length + 1 : firstWrong;
        await expect(contentOf(Buffer.from(`${altered.join('\n')}\n`))).rejects.toThrow(new RegExp(`^export, line ${named}: `));
      }),
      { numRuns: 300 },
    );
  });

  it('holds all kinds of data', () => expect(JSON.parse(original)).toHaveLength(2 * AWKWARD_DATA.length));
});
