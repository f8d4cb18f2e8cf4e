import { createLogger, type Logger } from './logger.js';
import { nestLogger } from './nest-logger.js';

function logged(write: (logger: Logger) => void, level = 'debug'): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger('test', { level, destination: { write: (line) => void lines.push(line) }, fields: { service: 'registry' } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is one JSON line per decision with its fields', () => {
    const [line] = logged((logger) => logger.info({ event: 'rollout.started', deploymentId: 'd1' }, 'rollout started'));
    expect(line).toMatchObject({ name: 'test', service: 'registry', event: 'rollout.started', deploymentId: 'd1', msg: 'rollout started' });
    expect(String(line?.['time'])).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  });

  it.each(['authorization', 'token', 'secret', 'environ', 'password', 'apiKey', 'cookie', 'x-slipway-internal-token'])('never holds a field named %s', (field) => {
    const [line] = logged((logger) => logger.info({ [field]: 'hunter2', a: { [field]: 'hunter2', b: { [field]: 'hunter2', c: { [field]: 'hunter2' } } } }));
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(line?.[field]).toBe('[redacted]');
  });

  it('never holds a token of ours or a bearer credential, wherever it stands', () => {
    const token = `slipway_admin_${'x'.repeat(43)}`;
    const [line] = logged((logger) => logger.error({ err: new Error(`sent ${token}`), url: `/?t=${token}` }, `Authorization: Bearer abc.def-123456`));
    expect(JSON.stringify(line)).not.toContain('xxx');
    expect(JSON.stringify(line)).not.toContain('abc.def');
    expect(line?.['msg']).toContain('[redacted]');
  });
});

describe('what Nest says', () => {
  it('is debug chatter unless it warns or fails', () => {
    const lines = logged((logger) => {
      const nest = nestLogger(logger);
      nest.log('mapped a route', 'Router');
      nest.warn('deprecated');
      nest.error(new Error('broken'), 'stack', 'Injector');
    });
    expect(lines).toMatchObject([
      { level: 20, event: 'nest', context: 'Router', msg: 'mapped a route' },
      { level: 40, msg: 'deprecated' },
      { level: 50, context: 'Injector', msg: 'broken' },
    ]);
    expect(logged((logger) => nestLogger(logger).log('mapped'), 'info')).toEqual([]);
  });
});
