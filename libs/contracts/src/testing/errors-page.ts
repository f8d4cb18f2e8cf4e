import { errorCatalogue } from '../errors/error-catalogue.js';
import { OPENAI_ERRORS } from '../errors/openai-errors.js';

/** The page of the documentation that lists every error code; generated, so that it cannot fall behind. */
export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${message.replaceAll('|', '\\|')} |`);
  const dataPlaneRows = Object.values(OPENAI_ERRORS).map(({ code, status, message }) => `| \`${code}\` | ${status} | ${message} |`);
  return [
    '<!-- Generated from libs/contracts/src/errors: SLIPWAY_UPDATE_GENERATED=1 npx nx test contracts -->',
    '# Errors',
    '',
    '## Of the control plane',
    '',
    'A refused request carries one of these codes in `errors[].extensions.code`, the status below in `extensions.status` and',
    'what it is about, the `{…}` of the message, in `extensions.fields`. `INVALID_INPUT` lists every problem at once in',
    '`extensions.problems`, each naming its field.',
    '',
    '| code | HTTP status | message |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '## Of the data plane',
    '',
    '`/v1/*` answers in the shape of the OpenAI API: `{ error: { message, type, param, code } }`. What an engine itself refuses is',
    'passed on as it is.',
    '',
    '| code | HTTP status | message |',
    '| --- | --- | --- |',
    ...dataPlaneRows,
    '',
  ].join('\n');
}
