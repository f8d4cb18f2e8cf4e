import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { readYaml } from './yaml-text.mjs';

/** What a service of ours may say: a key that Docker Compose does not know it would refuse as well. */
export const SERVICE_KEYS = new Set([
  'image', 'build', 'command', 'environment', 'volumes', 'ports', 'networks', 'network_mode', 'depends_on', 'healthcheck', 'restart', 'init', 'read_only', 'user',
  'cap_drop', 'cap_add', 'security_opt', 'tmpfs', 'logging', 'stop_grace_period', 'mem_limit', 'shm_size', 'deploy', 'profiles',
]);
export const CONDITIONS = new Set(['service_started', 'service_healthy', 'service_completed_successfully']);

/** docker-compose.yml with its merges resolved and every short form written out. */
export function composeFile() {
  const { services, networks, volumes } = readYaml(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'));
  return {
    networks,
    volumes,
    services: Object.entries(services).map(([name, service]) => ({
      name,
      raw: service,
      networks: Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {}),
      aliases: [name, ...Object.values(Array.isArray(service.networks) ? {} : (service.networks ?? {})).flatMap((network) => network.aliases ?? [])],
      mounts: (service.volumes ?? []).map((volume) => {
        const [source, target, mode = 'rw'] = volume.split(':');
        return { source, target, mode, isBind: /^[./]/.test(source) };
      }),
      environment: service.environment ?? {},
      dependencies: Object.entries(service.depends_on ?? {}),
    })),
  };
}
