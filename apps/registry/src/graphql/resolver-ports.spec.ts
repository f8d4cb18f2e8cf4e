import { caughtUp, type ResolverPorts } from './resolver-ports.js';

const portsThat = (isCaughtUp: boolean) => ({ waitFor: () => Promise.resolve(isCaughtUp) }) as unknown as ResolverPorts;

describe('reading back what was written', () => {
  it('says that the change is recorded when it does not show in time', async () => {
    await expect(caughtUp(portsThat(false), 7)).rejects.toMatchObject({ code: 'NOT_CAUGHT_UP', message: expect.stringContaining('the change is recorded') });
    await expect(caughtUp(portsThat(true), 7)).resolves.toBeUndefined();
  });
});
