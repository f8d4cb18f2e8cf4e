import { readFileSync } from 'node:fs';
import { places, type StandaloneConfig } from '../config.js';

/** The token that works: the given one, or the one the control plane keeps in its file. */
export function readAdminToken(config: StandaloneConfig): string {
  return config.adminToken ?? readFileSync(places(config.dataDir).adminToken, 'utf8').trim();
}
