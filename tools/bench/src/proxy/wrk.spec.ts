import { parseWrkOutput, wrkScript } from './wrk.js';

describe('wrk', () => {
  it('is told the request as it is, quotes and all', () => {
    const script = wrkScript({ body: '{"a":"b\\n"}', headers: { authorization: 'Bearer x' } });
    expect(script).toContain('wrk.body = [==[{"a":"b\\n"}]==]');
    expect(script).toContain('wrk.headers[ [==[authorization]==] ] = [==[Bearer x]==]');
  });

  it('tells requests, time and latency', () => {
    const output = 'Running 2s test\nRESULT {"requests":100,"seconds":2.000100,"p50Us":31,"p99Us":99,"failed":0}\n';
    expect(parseWrkOutput(output, 'u')).toEqual({ requests: 100, seconds: 2.0001, p50Us: 31, p99Us: 99 });
  });

  it('is not believed when requests failed or none was made', () => {
    expect(() => parseWrkOutput('RESULT {"requests":9,"seconds":2,"p50Us":1,"p99Us":1,"failed":3}', 'u')).toThrow('3 of 9');
    expect(() => parseWrkOutput('RESULT {"requests":0,"seconds":2,"p50Us":0,"p99Us":0,"failed":0}', 'u')).toThrow('failed');
    expect(() => parseWrkOutput('unable to connect', 'u')).toThrow('said nothing');
  });
});
