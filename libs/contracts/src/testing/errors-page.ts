import { errorCatalogue } from '../errors/error-catalogue.js';

/** The page of the documentation that lists every error code; generated, so that it cannot fall behind. */
export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${message.replaceAll('|', '\\|')} |`);
  return [
    '<!-- Generated from libs/contracts/src/errors/error-catalogue.ts: SLIPWAY_UPDATE_GENERATED=1 npx nx test contracts -->',
    '# Errors of the control plane',
    '',
    'A refused request carries one of these codes in `errors[].extensions.code`, the status below in `extensions.status` and',
    'what it is about, the `{…}` of the message, in `extensions.fields`. `INVALID_INPUT` lists every problem at once in',
    '`extensions.problems`, each naming its field. The data plane (`/v1/*`) answers in the shape of the OpenAI API instead.',
    '',
    '| code | HTTP status | message |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
