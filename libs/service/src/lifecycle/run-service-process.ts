import { writeSync } from 'node:fs';
import { commonSettings } from '../settings/setting-groups.js';
import { printSettings } from '../settings/print-settings.js';
import { readSettings, type SettingsReading } from '../settings/read-settings.js';
import type { SettingDefinitions, SettingValues } from '../settings/setting.js';
import { EXIT } from './exit-codes.js';
import { serviceHelp, serviceRequest } from './service-arguments.js';
import { ServiceLife, type RunningParts, type ServiceContext } from './service-life.js';
import { startFailure } from './start-failure.js';

export type ServiceProcessOptions<T extends SettingDefinitions> = {
  /** Such as `registry`. */
  readonly name: string;
  readonly version?: string;
  /** What the service is for, after its name: `keeps deployments and their revisions`. */
  readonly summary: string;
  /** Its own; those of `commonSettings` are added. */
  readonly settings: T;
  /** The process's environment, from the app's `config.ts`. */
  readonly environ: Readonly<Record<string, string | undefined>>;
  /** Names of other services' settings, which the same environment or file may hold: see `namesOf`. */
  readonly alsoKnown?: Iterable<string>;
  readonly start: (values: ServiceValues<T>, context: ServiceContext) => Promise<RunningParts>;
};

export type ServiceValues<T extends SettingDefinitions> = SettingValues<typeof commonSettings> & SettingValues<T>;

/**
 * The whole life of a service process: its arguments, settings, log, telemetry, health port, start, and its orderly end on
 * SIGTERM or SIGINT. It resolves when the service is ready, and ends the process by itself.
 */
export async function runServiceProcess<T extends SettingDefinitions>(options: ServiceProcessOptions<T>): Promise<void> {
  const { name, summary, version = '0.1.0' } = options;
  const settings: typeof commonSettings & T = { ...commonSettings, ...options.settings };
  const request = serviceRequest(process.argv.slice(2));
  if (request === 'help') return leave(serviceHelp(name, summary, settings));
  if (request === 'version') return leave(`${version}\n`);
  if (typeof request === 'object') return refuse(name, EXIT.usage, [`${request.unusable} (--help lists what there is)`]);

  const reading = readOrRefuse(settings, options);
  for (const warning of request === 'print-config' ? reading.warnings : []) say(name, `warning: ${warning}`);
  if (request === 'print-config') return leave(printSettings(settings, reading));

  const values = reading.values as ServiceValues<T>;
  const life = new ServiceLife({ name, version, reading: reading as unknown as SettingsReading<typeof commonSettings> });
  await life.run((context) => options.start(values, context));
}

type Surroundings = Pick<ServiceProcessOptions<SettingDefinitions>, 'name' | 'environ' | 'alsoKnown'>;

function readOrRefuse<T extends SettingDefinitions>(settings: T, { name, environ, alsoKnown = [] }: Surroundings): SettingsReading<T> {
  try {
    return readSettings(settings, { environ, alsoKnown });
  } catch (error) {
    const { exitCode, lines } = startFailure(error);
    return refuse(name, exitCode, lines);
  }
}

function leave(text: string): never {
  writeWhole(1, text);
  process.exit(EXIT.done);
}

function refuse(name: string, exitCode: number, lines: readonly string[]): never {
  for (const line of lines) say(name, line);
  process.exit(exitCode);
}

function say(name: string, line: string): void {
  writeWhole(2, `${name}: ${line}\n`);
}

/** Written before the process is gone; when nobody reads, the exit code says it all the same. */
function writeWhole(descriptor: number, text: string): void {
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  } catch {
    // nobody reads
  }
}
