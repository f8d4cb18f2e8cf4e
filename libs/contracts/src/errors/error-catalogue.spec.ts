import { errorsPage } from '../testing/errors-page.js';
import { committedText } from '../testing/generated-file.js';
import { errorCatalogue, invalidInput, isSlipwayError, SlipwayError, type ErrorCode } from './error-catalogue.js';

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const fieldsOf = (code: ErrorCode): readonly string[] => [...errorCatalogue[code].message.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');

describe('the error catalogue', () => {
  it.each(codes)('%s is written in capitals and has a status for errors and a sentence', (code) => {
    const { status, message } = errorCatalogue[code];
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status >= 400 && status < 600).toBe(true);
    expect(message.length).toBeGreaterThan(0);
  });

  it.each(codes)('%s says every field it was given a place for', (code) => {
    const fields = Object.fromEntries(fieldsOf(code).map((field) => [field, `<${field}>`]));
    const error = new SlipwayError(code, fields);
    for (const said of Object.values(fields)) expect(error.message).toContain(said);
    expect(error.message).not.toMatch(/[{}]/);
    expect(error).toMatchObject({ code, status: errorCatalogue[code].status, fields });
  });

  it('has no message twice', () => {
    expect(new Set(codes.map((code) => errorCatalogue[code].message)).size).toBe(codes.length);
  });

  it('is what docs/errors.md says (SLIPWAY_UPDATE_GENERATED=1 writes it anew)', () => {
    const page = errorsPage();
    expect(committedText(new URL('../../../../docs/errors.md', import.meta.url), page)).toBe(page);
  });
});

describe('a refusal', () => {
  it('does not take braces in what it repeats for places of its own', () => {
    expect(new SlipwayError('NAME_TAKEN', { name: '{domain}', domain: '{name}' }).message).toContain('"{domain}" is taken in domain "{name}"');
  });

  it('leaves nothing strange where a field is missing', () => {
    expect(new SlipwayError('REVISION_NOT_FOUND', { revisionId: 'r' }).message).toBe('there is no revision r');
  });

  it('of bad input names every field', () => {
    const problems = [
      { field: 'input.name', problem: 'is required' },
      { field: 'input.tags[0]', problem: 'is empty' },
    ];
    const error = invalidInput(problems);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', status: 422, problems, message: 'input.name is required; input.tags[0] is empty' });
  });

  it('is known by its code, also when another copy of this package made it', () => {
    const foreign = Object.assign(new Error('x'), { code: 'NAME_TAKEN' });
    expect([new SlipwayError('CONTENTION'), foreign].map(isSlipwayError)).toEqual([true, true]);
    const others = [new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), Object.assign(new Error('x'), { code: 'toString' }), null];
    expect(others.map(isSlipwayError)).toEqual([false, false, false, false]);
  });
});
