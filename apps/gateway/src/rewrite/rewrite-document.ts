import {
  getNamedType,
  isCompositeType,
  isLeafType,
  isTypeDefinitionNode,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { FIELD_COMPATIBILITIES, TYPE_NAME_COMPATIBILITIES, type FieldCompatibility } from './compatibilities.js';

const COMPATIBILITY_OF_FIELD = new Map(FIELD_COMPATIBILITIES.map((compatibility) => [`${compatibility.type}.${compatibility.field}`, compatibility]));

/** Kinds of type definitions by what the schema holds under the name; another kind is another type and stays to be refused. */
const DEFINES = new Map<string, string>([
  [Kind.SCALAR_TYPE_DEFINITION, 'GraphQLScalarType'],
  [Kind.OBJECT_TYPE_DEFINITION, 'GraphQLObjectType'],
  [Kind.INTERFACE_TYPE_DEFINITION, 'GraphQLInterfaceType'],
  [Kind.UNION_TYPE_DEFINITION, 'GraphQLUnionType'],
  [Kind.ENUM_TYPE_DEFINITION, 'GraphQLEnumType'],
  [Kind.INPUT_OBJECT_TYPE_DEFINITION, 'GraphQLInputObjectType'],
]);

/**
 * The document as the schema puts it: fields and type names of `compatibilities.ts` become those they mean, under the
 * response keys the client wrote, and definitions of types the schema has are dropped from beside operations. What is
 * valid as it stands is not touched: without anything to do the same document is returned, so rewriting twice is
 * rewriting once. Whatever else is wrong is left to validation. Linear in the document, without recursion of its own.
 */
export function rewriteDocument(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const executable = withoutKnownTypes(document, schema);
  const fragments = new Map(executable.definitions.flatMap((definition) => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])));
  const typeInfo = new TypeInfo(schema);
  return visit(
    executable,
    visitWithTypeInfo(typeInfo, {
      Field: (field) => rewrittenField(field, typeInfo.getParentType(), schema, fragments),
      // Only names that are references: of variables' types and of fragments' conditions.
      NamedType: (node) => renamedType(node, schema),
      // Entered before the type it is on: what is inside is looked up by the type that is meant.
      InlineFragment: (node) => withTypeCondition(node, schema),
      FragmentDefinition: (node) => withTypeCondition(node, schema),
    }),
  );
}

/** A document of definitions alone stays what it is, which is not something to execute. */
function withoutKnownTypes(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) return document;
  const definitions = document.definitions.filter((definition) => !definesKnownType(definition, schema));
  return definitions.length === document.definitions.length ? document : { ...document, definitions };
}

function definesKnownType(definition: DefinitionNode, schema: GraphQLSchema): boolean {
  if (!isTypeDefinitionNode(definition)) return false;
  const known = schema.getType(nameMeant(definition.name.value, schema));
  return known !== undefined && known[Symbol.toStringTag] === DEFINES.get(definition.kind);
}

/** Undefined leaves the field as it is. */
function rewrittenField(field: FieldNode, parent: GraphQLCompositeType | null | undefined, schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode | undefined {
  const compatibility = COMPATIBILITY_OF_FIELD.get(`${parent?.name}.${field.name.value}`);
  if (compatibility === undefined || parent == null || !('getFields' in parent)) return undefined;
  const written = parent.getFields()[compatibility.field];
  const meant = parent.getFields()[compatibility.means];
  if (written === undefined || meant === undefined || !isMeant(compatibility, field, written, meant, schema, fragments)) return undefined;
  const name = { ...field.name, value: compatibility.means };
  return { ...field, alias: field.alias ?? field.name, name };
}

type Output = GraphQLField<unknown, unknown>;

/** Whether a field cannot be what it says by the schema, but can be what it would mean. */
function isMeant(
  { kind }: FieldCompatibility,
  field: FieldNode,
  written: Output,
  meant: Output,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): boolean {
  const [writtenType, meantType] = [getNamedType(written.type), getNamedType(meant.type)];
  switch (kind) {
    case 'leaf':
      return field.selectionSet === undefined && isCompositeType(writtenType) && isLeafType(meantType);
    case 'object':
      return field.selectionSet !== undefined && isLeafType(writtenType) && isCompositeType(meantType);
    case 'connection':
      return hasOtherArguments(field, written) || (field.selectionSet !== undefined && selectsOnly(field.selectionSet, writtenType, meantType, schema, fragments));
  }
}

function hasOtherArguments(field: FieldNode, written: Output): boolean {
  return (field.arguments ?? []).some(({ name }) => !written.args.some((argument) => argument.name === name.value));
}

/** Whether a selection, its fragments included, holds something that the meant type has and the written one has not. */
function selectsOnly(
  set: SelectionSetNode,
  written: GraphQLNamedType,
  meant: GraphQLNamedType,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): boolean {
  if (!('getFields' in written) || !('getFields' in meant)) return false;
  const [writtenFields, meantFields] = [written.getFields(), meant.getFields()];
  const left: SelectionSetNode[] = [set];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === Kind.FIELD) {
        if (!(selection.name.value in writtenFields) && selection.name.value in meantFields) return true;
        continue;
      }
      const condition = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)?.typeCondition : selection.typeCondition;
      // A fragment says on what it is, so that a spread is not followed.
      if (condition !== undefined && nameMeant(condition.name.value, schema) === meant.name) return true;
      if (condition === undefined && selection.kind === Kind.INLINE_FRAGMENT) left.push(selection.selectionSet);
    }
  }
  return false;
}

function withTypeCondition<T extends { readonly typeCondition?: NamedTypeNode | undefined }>(node: T, schema: GraphQLSchema): T | undefined {
  const renamed = node.typeCondition === undefined ? undefined : renamedType(node.typeCondition, schema);
  return renamed === undefined ? undefined : { ...node, typeCondition: renamed };
}

function renamedType(node: NamedTypeNode, schema: GraphQLSchema): NamedTypeNode | undefined {
  const name = nameMeant(node.name.value, schema);
  return name === node.name.value ? undefined : { ...node, name: { ...node.name, value: name } };
}

/** The schema's name of a type, when the given one is another name for it. */
function nameMeant(name: string, schema: GraphQLSchema): string {
  const means = TYPE_NAME_COMPATIBILITIES.get(name);
  return means !== undefined && schema.getType(name) === undefined && schema.getType(means) !== undefined ? means : name;
}
