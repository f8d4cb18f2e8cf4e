/** One run's result, of the JSON that Jest writes; a run that left none did not get to its end. */
export function countRun(name, json) {
  if (json === undefined) return { name, passed: 0, failed: 0, skipped: 0, brokenFiles: 0, skippedTitles: [], finished: false };
  return {
    name,
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
    brokenFiles: json.numRuntimeErrorTestSuites,
    skippedTitles: json.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => ['pending', 'skipped', 'todo'].includes(status)).map(({ fullName }) => fullName),
    ),
    finished: !json.wasInterrupted,
  };
}

/** The last line of every `npm test`: `Tests: 812 passed, 3 skipped, 815 total in 214 s`. */
export function totalsLine(runs, elapsedMs) {
  const sum = (field) => runs.reduce((total, run) => total + run[field], 0);
  const [failed, passed, skipped, brokenFiles] = ['failed', 'passed', 'skipped', 'brokenFiles'].map(sum);
  const parts = [
    failed > 0 && `${failed} failed`,
    `${passed} passed`,
    skipped > 0 && `${skipped} skipped`,
    `${failed + passed + skipped} total in ${Math.round(elapsedMs / 1000)} s`,
    brokenFiles > 0 && `${brokenFiles} test ${brokenFiles === 1 ? 'file' : 'files'} could not run`,
    ...runs.filter(({ finished }) => !finished).map(({ name }) => `the ${name} did not finish`),
  ];
  return `Tests: ${parts.filter(Boolean).join(', ')}`;
}
