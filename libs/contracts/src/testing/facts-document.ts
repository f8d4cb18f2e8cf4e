import { stringify } from 'yaml';
import { z } from 'zod';
import { factEnvelope } from '../bus/fact-envelope.contract.js';
import { FACTS_SUBJECT, SIGNALS_SUBJECT } from '../bus/fact-subject.js';
import { signalContracts } from '../bus/signal.contract.js';
import { accessEvents, nameEvents } from '../events/access-and-name-events.contract.js';
import { deploymentEvents } from '../events/deployment-events.contract.js';
import { replicaEvents } from '../events/replica-events.contract.js';
import { revisionEvents } from '../events/revision-events.contract.js';
import { rolloutEvents } from '../events/rollout-events.contract.js';
import { scalingEvents } from '../events/scaling-events.contract.js';
import { statusEvents } from '../events/status-events.contract.js';

type Contract = { readonly schema: z.ZodType; readonly upcasts: readonly unknown[] };
type Tree = { readonly [key: string]: unknown };
type Entry = { readonly name: string; readonly channel: Tree; readonly message: Tree; readonly schemas: Tree };

/** By the context in whose streams they stand. */
export const contractsByContext: Readonly<Record<string, Readonly<Record<string, Contract>>>> = {
  deployment: deploymentEvents,
  revision: revisionEvents,
  access: accessEvents,
  name: nameEvents,
  rollout: rolloutEvents,
  replica: replicaEvents,
  scaling: scalingEvents,
  status: statusEvents,
};

const NOTE = ' Generated from libs/contracts/src: SLIPWAY_UPDATE_GENERATED=1 npx nx test contracts';

const DESCRIPTION = `What happens in a Slipway cluster, as other programs may read it from NATS.

Facts are in the JetStream stream \`slipway-facts\`, in the order of the log, each once. Each is a CloudEvent 1.0 in structured
JSON; the message carries its id as \`Nats-Msg-Id\` (with a suffix where the stream had to be filled again). The stream keeps facts
for a while only and is rebuilt from the log when it is lost, so go by \`slipwayposition\`, which rises, and pass over a fact you
know. \`slipwayprevious\` is the position of the fact before it: if you read every subject and have not seen that one, you have
missed something.

\`data\` has the form of the version in \`type\`. A new version is announced by a new \`type\`, so pass over types you do not know.
Streams of context \`process\` carry private records of running processes under the same subjects; they are not described and change
without notice.

Tokens of a subject hold letters, digits, \`_\` and \`-\` as they are and every other byte of the UTF-8 text as \`=\` and two
hexadecimal digits: the stream \`name-default/llama\` becomes \`name-default=2Fllama\`. Subscribe with wildcards, as in
\`${FACTS_SUBJECT}.replica.>\` or \`${FACTS_SUBJECT}.deployment.DeploymentCreated.*\`; on servers before 2.10 a consumer has one.

Signals are hints, at most once, over core NATS. Nothing depends on one having arrived.`;

/** The AsyncAPI document of everything on the bus. */
export function factsDocument(): string {
  const entries = [...facts(), ...signals()];
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Slipway facts and signals', version: '1.0.0', description: DESCRIPTION },
    defaultContentType: 'application/cloudevents+json',
    servers: { nats: { host: 'localhost:4222', protocol: 'nats', description: 'NATS 2.9 or newer with JetStream' } },
    channels: Object.fromEntries(entries.map(({ name, channel }) => [name, channel])),
    operations: Object.fromEntries(entries.map(({ name }) => [`publish.${name}`, { action: 'send', channel: { $ref: `#/channels/${name}` } }])),
    components: {
      messages: Object.fromEntries(entries.map(({ name, message }) => [name, message])),
      schemas: Object.assign(schemasOf('FactEnvelope', factEnvelope), ...entries.map(({ schemas }) => schemas)) as Tree,
    },
  };
  return `#${NOTE}\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function facts(): Entry[] {
  return Object.entries(contractsByContext).flatMap(([context, contracts]) => Object.entries(contracts).map(([type, contract]) => fact(context, type, contract)));
}

function fact(context: string, type: string, { schema, upcasts }: Contract): Entry {
  const version = upcasts.length + 1;
  const own = { type: 'object', properties: { type: { const: `slipway.${type}.v${version}` }, data: { $ref: `#/components/schemas/${type}` } }, required: ['data'] };
  return {
    name: type,
    channel: {
      address: `${FACTS_SUBJECT}.${context}.${type}.{stream}`,
      parameters: { stream: { description: `The stream as a subject token: \`${context}-<id>\`` } },
      messages: { [type]: { $ref: `#/components/messages/${type}` } },
    },
    message: { name: type, title: `${type}, version ${version}`, payload: { allOf: [{ $ref: '#/components/schemas/FactEnvelope' }, own] } },
    schemas: schemasOf(type, schema),
  };
}

function signals(): Entry[] {
  return Object.entries(signalContracts).map(([subject, { summary, schema }]) => ({
    name: subject,
    channel: { address: `${SIGNALS_SUBJECT}.${subject}`, messages: { [subject]: { $ref: `#/components/messages/${subject}` } } },
    message: { name: subject, summary, contentType: 'application/json', payload: { $ref: `#/components/schemas/${subject}` } },
    schemas: schemasOf(subject, schema),
  }));
}

/** A schema and those it refers to, which stand beside it in the document instead of within it. */
function schemasOf(name: string, schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io: 'input' }) as Tree & { readonly $defs?: Tree };
  const nested = Object.entries($defs).map(([key, definition]) => [nameOf(name, key), definition] as const);
  const placed = JSON.stringify({ [name]: own, ...Object.fromEntries(nested) }).replaceAll(
    /"#\/\$defs\/([^"]+)"/g,
    (_match, key: string) => `"#/components/schemas/${nameOf(name, key)}"`,
  );
  return JSON.parse(placed) as Record<string, unknown>;
}

const nameOf = (name: string, key: string): string => `${name}.${key.replace(/^_+/, '')}`;
