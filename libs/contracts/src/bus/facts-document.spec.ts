import { parse } from 'yaml';
import { eventCatalogue } from '../events/event-catalogue.js';
import { contractsByContext, factsDocument } from '../testing/facts-document.js';
import { committedText } from '../testing/generated-file.js';
import { signalContracts } from './signal.contract.js';

const file = new URL('../../../../docs/facts.asyncapi.yaml', import.meta.url);
const text = factsDocument();
type Node = { readonly [key: string]: Node };
const document = parse(text) as Node;

const refsIn = (node: unknown): string[] => {
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [value as string] : refsIn(value)));
};
const target = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<Node | undefined>((node, key) => node?.[key], document);

describe('the AsyncAPI document of facts and signals', () => {
  it('is the committed one (regenerate with SLIPWAY_UPDATE_GENERATED=1)', () => {
    expect(text).toBe(committedText(file, text));
  });

  it('describes every event there is', () => {
    const described = Object.values(contractsByContext).flatMap((contracts) => Object.keys(contracts));
    expect(described.toSorted()).toEqual(Object.keys(eventCatalogue).toSorted());
    expect(Object.keys(document['channels'] ?? {})).toEqual([...described, ...Object.keys(signalContracts)]);
  });

  it('refers to nothing that is not in it', () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => !ref.startsWith('#/') || target(ref) === undefined)).toEqual([]);
  });

  it('names things as AsyncAPI allows', () => {
    const names = ['channels', 'operations'].flatMap((part) => Object.keys(document[part] ?? {})).concat(Object.values(document['components'] ?? {}).flatMap(Object.keys));
    expect(names.filter((name) => !/^[A-Za-z0-9_.-]+$/.test(name))).toEqual([]);
  });
});
