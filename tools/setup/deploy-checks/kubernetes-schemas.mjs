import { readFileSync } from 'node:fs';
import Ajv from 'ajv';

const FILES = ['kubernetes-v1.36.definitions.json', 'networking-v1.json', 'prometheus-operator-v1.json'];
const HTTP_ROUTE = 'gateway-api-v1.6.1.httproute.json';

/** The published schema says string for these, the API server takes more. */
const WIDER = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': ['string', 'integer'],
  'io.k8s.apimachinery.pkg.api.resource.Quantity': ['string', 'number'],
};

const read = (name) => JSON.parse(readFileSync(new URL(`schemas/${name}`, import.meta.url), 'utf8'));

/**
 * What no API server that checks strictly would take, as `path message` lines; none when all is well. A field that no schema names is an error,
 * and so is a kind without a schema.
 */
export function kubernetesSchemas() {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const references = new Map();
  for (const [index, file] of FILES.entries()) {
    const id = index === 0 ? 'kubernetes' : file;
    const schema = { $id: id, ...read(file) };
    for (const [name, type] of Object.entries(WIDER)) if (schema.definitions[name]) schema.definitions[name].type = type;
    closeObjects(schema);
    ajv.addSchema(schema);
    for (const [name, definition] of Object.entries(schema.definitions)) remember(references, definition, `${id}#/definitions/${name}`);
  }
  const route = { $id: HTTP_ROUTE, ...read(HTTP_ROUTE) };
  closeObjects(route);
  // A custom resource's schema leaves the metadata to the server.
  route.properties.metadata = { $ref: 'kubernetes#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  ajv.addSchema(route);
  remember(references, route, HTTP_ROUTE);
  return {
    problemsOf(manifest) {
      const reference = references.get(`${manifest.apiVersion}/${manifest.kind}`);
      if (reference === undefined) return [`no schema for ${manifest.apiVersion} ${manifest.kind}`];
      const validate = ajv.getSchema(reference);
      return validate(manifest) ? [] : validate.errors.map(lineOf);
    },
  };
}

function remember(references, definition, reference) {
  for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
    references.set(`${group ? `${group}/` : ''}${version}/${kind}`, reference);
  }
}

const lineOf = ({ instancePath, message, params }) => `${instancePath || '/'} ${message}${params.additionalProperty ? ` (${params.additionalProperty})` : ''}`;

function closeObjects(schema) {
  if (schema === null || typeof schema !== 'object') return;
  if (Array.isArray(schema)) return schema.forEach(closeObjects);
  const isOpen = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (typeof schema.properties === 'object' && schema.type === 'object' && !isOpen) schema.additionalProperties = false;
  Object.values(schema).forEach(closeObjects);
}
