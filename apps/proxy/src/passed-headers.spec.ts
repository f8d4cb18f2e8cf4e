import { answerHeaders, requestHeaders } from './passed-headers.js';

describe('headers on their way', () => {
  it('ends what Connection nominates, in either direction, whatever its letter case and spacing', () => {
    const incoming = { connection: ' X-One ,x-two', 'x-one': '1', 'x-two': '2', 'x-three': '3' };
    expect(requestHeaders(incoming)).toEqual(['x-three', '3']);
    expect(answerHeaders(incoming, [])).toEqual(['x-three', '3']);
  });

  it('keeps repeated headers apart', () => {
    expect(answerHeaders({ 'set-cookie': ['a=1', 'b=2'] }, [])).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2']);
  });
});
