// Makes what nobody should have to choose: keys, tokens and passwords, once, each in the volume of the one who reads it.
// Runs as root in the `init` service of docker-compose.yml before everything else; run again, it changes no secret that is there.
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;
const OWNER_READS = 0o400;
const OWNER_ENTERS = 0o500;

/** User ids of the images that read the secrets. */
const SLIPWAY = 1000;
const POSTGRES = 999;
const NATS = 1000;
const PROMETHEUS = 65_534;
const GRAFANA = 472;

const root = process.env.SECRETS_ROOT ?? '/secrets';
/** A new volume belongs to root; its reader is not root. */
const natsData = process.env.NATS_DATA ?? '/volumes/nats';
// Without root's rights (in a test) every file belongs to whoever runs this.
const mayGiveAway = process.getuid() === 0 && process.env.SECRETS_KEEP_OWNER === undefined;

const masterKey = kept('slipway/master-key', SLIPWAY, () => randomBytes(SECRET_BYTES).toString('hex'));
const adminToken = kept('gateway/admin-token', SLIPWAY, () => `slipway_admin_${random()}`);
const metricsToken = kept('slipway/metrics-token', SLIPWAY, random);
kept('postgres/superuser-password', POSTGRES, random);
const databasePassword = kept('postgres/slipway-password', POSTGRES, random);
const natsPassword = kept('nats/password', NATS, random);
kept('grafana/admin-password', GRAFANA, random);

// Derived from the ones above, so written anew each time.
const databaseUrl = `postgres://slipway:${databasePassword}@postgres:5432/slipway`;
written('slipway/database-url', SLIPWAY, databaseUrl);
written('slipway/log-url', SLIPWAY, process.env.SLIPWAY_LOG_URL || databaseUrl);
written('slipway/nats-url', SLIPWAY, `nats://slipway:${natsPassword}@nats:4222`);
written('nats/authorization.conf', NATS, `authorization { user: slipway, password: "${natsPassword}" }`);
written('gateway/master-key', SLIPWAY, masterKey);
written('gateway/metrics-token', SLIPWAY, metricsToken);
written('prometheus/metrics-token', PROMETHEUS, metricsToken);
if (mayGiveAway) chownSync(natsData, NATS, NATS);

if (masterKey.length !== SECRET_BYTES * 2 || adminToken.length === 0) throw new Error(`${root} holds an unusable key or token`);
console.log(`The secrets are in place below ${root}.`);

function random() {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** The secret in the file; made when there is none. */
function kept(path, owner, make) {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : written(path, owner, make());
}

/** Whole or not at all: an interrupted run leaves no half a secret. */
function written(path, owner, value) {
  const file = join(root, path);
  const directory = join(file, '..');
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${file}.part`, `${value}\n`, { mode: OWNER_READS, flush: true });
  if (mayGiveAway) chownSync(`${file}.part`, owner, owner);
  renameSync(`${file}.part`, file);
  if (mayGiveAway) {
    chownSync(directory, owner, owner);
    chmodSync(directory, OWNER_ENTERS);
  }
  return value;
}
