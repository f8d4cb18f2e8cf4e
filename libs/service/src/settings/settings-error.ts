/** A service was configured wrongly. One line per problem, each naming the variable and the fix, none a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'SETTINGS';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
