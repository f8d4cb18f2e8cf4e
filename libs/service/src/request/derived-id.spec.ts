import { derivedId } from './derived-id.js';

describe('a derived id', () => {
  it('is a version-8 UUID, the same for the same cause and purpose and for no other', () => {
    const id = derivedId('command-1', 'token/d');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedId('command-1', 'token/d')).toBe(id);
    expect(new Set([id, derivedId('command-2', 'token/d'), derivedId('command-1', 'token/e')]).size).toBe(3);
  });
});
