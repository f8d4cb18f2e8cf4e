import fc from 'fast-check';
import { FACT_SUBJECT_LENGTH_MAX, factSubject, parseFactSubject, subjectToken, tokenText } from './fact-subject.js';

/** What the log lets through as a stream id or an event type. */
const name = fc
  .string({ minLength: 1, maxLength: 256, unit: 'grapheme' })
  .filter((text) => Buffer.byteLength(text) <= 256);

describe('the subject of a fact', () => {
  it.each([
    [{ streamId: 'deployment-7f-1', type: 'DeploymentCreated' }, 'slipway.facts.deployment.DeploymentCreated.deployment-7f-1'],
    [{ streamId: 'name-default/llama 3.1', type: 'NameClaimed' }, 'slipway.facts.name.NameClaimed.name-default=2Fllama=203=2E1'],
    [{ streamId: 'name-default/ä', type: 'NameClaimed' }, 'slipway.facts.name.NameClaimed.name-default=2F=C3=A4'],
    [{ streamId: '-x', type: 'a*b' }, 'slipway.facts.=.a=2Ab.-x'],
  ])('of %j is %s', (fact, subject) => {
    expect(factSubject(fact)).toBe(subject);
  });

  it('tells the stream and the type again', () => {
    fc.assert(fc.property(name, name, (streamId, type) => expect(parseFactSubject(factSubject({ streamId, type }))).toMatchObject({ streamId, type })));
  });

  it('is a legal NATS subject of bounded length, whatever the stream is called', () => {
    fc.assert(
      fc.property(name, name, (streamId, type) => {
        const subject = factSubject({ streamId, type });
        expect(subject).toMatch(/^slipway\.facts(\.[A-Za-z0-9_=-]+){3}$/);
        expect(subject.length).toBeLessThanOrEqual(FACT_SUBJECT_LENGTH_MAX);
      }),
    );
  });

  it.each(['', 'slipway.facts', 'slipway.facts.a.b', 'slipway.facts.a.b.c-d', 'slipway.facts.a.b.a=2', 'slipway.facts.a.b.a=41', 'slipway.facts.a.b.a=FF', 'slipway.facts.a..a', 'other.facts.a.b.a'])(
    '%j is none',
    (subject) => {
      expect(parseFactSubject(subject)).toBeNull();
    },
  );
});

describe('a token of a subject', () => {
  it('stands for one text, and each text has one', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(tokenText(subjectToken(text))).toBe(text)));
  });
});
