const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * The same JSON object naming another model, every other byte as it was: engines serve the names they were started with, not
 * those with a pin. `body` is a valid object whose `model` is a string; where it says it twice the last counts, as it does to parsers.
 */
export function renamedBody(body: Buffer, model: string): Buffer {
  const { start, end } = modelValue(body);
  return Buffer.concat([body.subarray(0, start), Buffer.from(JSON.stringify(model)), body.subarray(end)]);
}

function modelValue(body: Buffer): { readonly start: number; readonly end: number } {
  let found = { start: 0, end: 0 };
  let depth = 0;
  let key: string | null = null;
  let isValue = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] as number;
    if (byte === QUOTE) {
      const end = endOfString(body, at);
      if (depth === 1 && !isValue) key = JSON.parse(body.toString('utf8', at, end)) as string;
      else if (depth === 1 && key === 'model') found = { start: at, end };
      at = end - 1;
    } else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    else if (depth === 1 && byte === COLON) isValue = true;
    else if (depth === 1 && byte === COMMA) isValue = false;
  }
  return found;
}

/** Behind the closing quote. */
function endOfString(body: Buffer, opening: number): number {
  let at = opening + 1;
  while (body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
