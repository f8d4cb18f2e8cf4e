import { Agent, request } from 'node:http';
import { percentileOfSorted } from '../measuring/statistics.js';
import { CHAT_PATH, CHUNKS_PER_STREAM, monotonicUs, readChunks, STREAM_QUESTION } from './chat-messages.js';

export type StreamLoad = { readonly port: number; readonly headers: Readonly<Record<string, string>>; readonly streams: number; readonly passes: number };
export type StreamResult = { readonly chunks: number; readonly transitP50Us: number; readonly transitP99Us: number; readonly firstByteP50Us: number };

/** A process of its own: `stream-client.js <StreamLoad as JSON>`. Reads many streams at once, and says when each chunk came. */
const load = JSON.parse(process.argv[2] ?? '{}') as StreamLoad;
const agent = new Agent({ keepAlive: true, maxSockets: load.streams });
const transitUs = new Float64Array(load.streams * load.passes * CHUNKS_PER_STREAM);
const firstByteUs: number[] = [];
let chunks = 0;

for (let pass = 0; pass < load.passes; pass++) await Promise.all(Array.from({ length: load.streams }, readStream));
agent.destroy();
if (chunks !== transitUs.length) throw new Error(`${chunks} of ${transitUs.length} chunks came`);
transitUs.sort();
firstByteUs.sort((a, b) => a - b);
const result: StreamResult = {
  chunks,
  transitP50Us: percentileOfSorted(transitUs, 50),
  transitP99Us: percentileOfSorted(transitUs, 99),
  firstByteP50Us: percentileOfSorted(firstByteUs, 50),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function readStream(): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedUs = monotonicUs();
    const headers = { ...load.headers, 'content-length': Buffer.byteLength(STREAM_QUESTION) };
    const asked = request({ host: '127.0.0.1', port: load.port, path: CHAT_PATH, method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) return void reject(new Error(`answered with status ${response.statusCode}`));
      firstByteUs.push(monotonicUs() - startedUs);
      let rest: Buffer = Buffer.alloc(0);
      response.on('data', (bytes: Buffer) => {
        const nowUs = monotonicUs();
        rest = readChunks(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]), (sentUs) => {
          transitUs[chunks++] = nowUs - sentUs;
        });
      });
      response.once('end', resolve);
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end(STREAM_QUESTION);
  });
}
