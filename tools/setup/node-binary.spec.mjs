import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeStamp } from './install-stamp.mjs';
import { nodeBinary } from './node-binary.mjs';

describe('the Node that Slipway runs on', () => {
  let root;
  let said;
  const choose = (hasNode, version) => {
    writeStamp(root, { packages: 'locked', hasNode });
    return nodeBinary(root, (line) => said.push(line), { version, path: '/opt/node' });
  };
  beforeEach(() => {
    said = [];
    root = mkdtempSync(join(tmpdir(), 'slipway-node-'));
    mkdirSync(join(root, 'node_modules'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is the pinned one, whatever runs the set-up', () => {
    expect(choose(true, 'v20.19.0')).toBe(join(root, 'node_modules/.bin/node'));
    expect(said).toEqual([]);
  });

  it('is the installed one where none is packaged, and says so', () => {
    expect(choose(false, 'v24.1.0')).toBe('/opt/node');
    expect(said).toEqual([`No packaged Node runs on ${process.platform}-${process.arch}: using the installed Node v24.1.0.`]);
  });

  it('is none where none is packaged and the installed one is too old', () => {
    expect(() => choose(false, 'v22.20.0')).toThrow(/this is v22\.20\.0: install Node 24 or newer and start again\.$/);
  });
});
