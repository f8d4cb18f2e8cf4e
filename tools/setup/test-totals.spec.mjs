import { countRun, totalsLine } from './test-totals.mjs';

const jestResult = (numbers, titles = []) => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  wasInterrupted: false,
  testResults: [{ assertionResults: titles.map((fullName) => ({ fullName, status: 'pending' })) }],
  ...numbers,
});

describe('the totals line', () => {
  it('adds the runs up', () => {
    const runs = [countRun('unit tests', jestResult({ numPassedTests: 800, numPendingTests: 3 })), countRun('end-to-end tests', jestResult({ numPassedTests: 12 }))];
    expect(totalsLine(runs, 214_400)).toBe('Tests: 812 passed, 3 skipped, 815 total in 214 s');
  });

  it('says what failed, what could not run and what did not finish', () => {
    const runs = [countRun('unit tests', jestResult({ numPassedTests: 5, numFailedTests: 2, numRuntimeErrorTestSuites: 1 })), countRun('end-to-end tests', undefined)];
    expect(totalsLine(runs, 9_600)).toBe('Tests: 2 failed, 5 passed, 7 total in 10 s, 1 test file could not run, the end-to-end tests did not finish');
  });

  it('keeps the titles of skipped tests', () => {
    expect(countRun('unit tests', jestResult({ numPendingTests: 1 }, ['runs vllm'])).skippedTitles).toEqual(['runs vllm']);
  });
});
