import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import { name, type NameCommand, type NameEvent } from './name.js';

const reserved = (deploymentId: string): NameEvent => ({ type: 'NameReserved', deploymentId, atMs: 1 });
const released = (deploymentId: string): NameEvent => ({ type: 'NameReleased', deploymentId, atMs: 2 });
const reserve = (deploymentId: string): NameCommand => ({ type: 'ReserveName', deploymentId, atMs: 1 });
const release = (deploymentId: string): NameCommand => ({ type: 'ReleaseName', deploymentId, atMs: 2 });

describe('a name (S1.10: unique within its domain)', () => {
  it('goes to the first that asks', () => {
    expect(given(name).when(reserve('a'))).toEqual(accept(reserved('a')));
  });

  it('is refused to everyone else, naming its holder', () => {
    expect(given(name, reserved('a')).when(reserve('b'))).toEqual(reject({ type: 'NameTaken', deploymentId: 'a' }));
  });

  it('is not recorded again for its holder', () => {
    expect(given(name, reserved('a')).when(reserve('a'))).toEqual(accept());
  });

  it('is free for others once its holder released it', () => {
    expect(given(name, reserved('a')).when(release('a'))).toEqual(accept(released('a')));
    expect(given(name, reserved('a'), released('a')).when(reserve('b'))).toEqual(accept(reserved('b')));
  });

  it('is not released by one that does not hold it', () => {
    expect(given(name, reserved('a')).when(release('b'))).toEqual(accept());
    expect(given(name).when(release('a'))).toEqual(accept());
  });
});
