import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Nest's own messages in our log; its start-up chatter is debug. */
export function nestLogger(logger: Logger): LoggerService {
  const line = (level: 'debug' | 'trace' | 'warn' | 'error' | 'fatal') => (message: unknown, ...rest: unknown[]) => {
    const context = rest.at(-1);
    const fields = typeof context === 'string' ? { event: 'nest', context } : { event: 'nest' };
    if (message instanceof Error) logger[level]({ ...fields, err: message }, message.message);
    else logger[level](rest.length > 1 ? { ...fields, detail: rest.slice(0, -1) } : fields, String(message));
  };
  return { log: line('debug'), debug: line('debug'), verbose: line('trace'), warn: line('warn'), error: line('error'), fatal: line('fatal') };
}
