import { loadOrCreateMasterKey, replicaKey } from '@slipway/service';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaKeysFrom } from './replica-keys.js';

describe('keys of replicas', () => {
  it('are those that the control plane gives the replicas', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'slipway-proxy-'));
    const masterKey = loadOrCreateMasterKey(dataDir);
    const keyOf = replicaKeysFrom(join(dataDir, 'master-key'));
    expect([keyOf('r-1'), keyOf('r-2')]).toEqual([replicaKey(masterKey, 'r-1'), replicaKey(masterKey, 'r-2')]);
    writeFileSync(join(dataDir, 'bad'), 'short');
    expect(() => replicaKeysFrom(join(dataDir, 'bad'))('r-1')).toThrow(/does not hold a master key/);
    rmSync(dataDir, { recursive: true });
  });
});
