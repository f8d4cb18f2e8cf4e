import { serverAddresses } from './server-addresses.js';

describe('where NATS is', () => {
  it.each([
    ['nats://a', { hosts: ['a:4222'], login: {}, isTls: false }],
    ['a:1, b:2', { hosts: ['a:1', 'b:2'], login: {}, isTls: false }],
    ['tls://a:1', { hosts: ['a:1'], login: {}, isTls: true }],
    ['nats://user:p%40ss@a:1', { hosts: ['a:1'], login: { user: 'user', pass: 'p@ss' }, isTls: false }],
    ['nats://t%2Foken@a:1,nats://b:1', { hosts: ['a:1', 'b:1'], login: { token: 't/oken' }, isTls: false }],
    ['nats://[::1]:1', { hosts: ['[::1]:1'], login: {}, isTls: false }],
  ])('%s', (servers, addresses) => {
    expect(serverAddresses(servers)).toEqual(addresses);
  });

  it('is not told by what else is secret', () => {
    expect(() => serverAddresses('http://user:secret@a')).toThrow(/^(?!.*secret)/);
    expect(() => serverAddresses([])).toThrow('no NATS server is given');
  });
});
