import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { QueryLimits } from '../config.js';

/** The limit a document is over, and by how much it may not be. */
export type LimitExceeded = { readonly limit: keyof QueryLimits; readonly max: number };

/** Objects a list holds when its query names no page size. */
const LIST_SIZE_ASSUMED = 10;
const MUTATION_COST = 10;
/** Selection sets inside each other, fragments included: far above any honest document, far below the stack. */
const NESTING_MAX = 100;
const PAGE_SIZE_ARGUMENTS = new Set(['first', 'last', 'limit']);

/**
 * Whether a parsed document is over a limit; the first one found. Work is linear in the document: a fragment is measured
 * once however often it is spread, and nothing goes deeper than its limit. Fragment cycles and unknown fields are left
 * to validation, which comes after.
 */
export function exceededLimit(
  document: DocumentNode,
  schema: GraphQLSchema,
  variables: Readonly<Record<string, unknown>>,
  limits: QueryLimits,
): LimitExceeded | null {
  const measure = new Measure(document, schema, variables, limits);
  try {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) measure.operation(definition);
    }
    return null;
  } catch (error) {
    if (error instanceof Exceeded) return { limit: error.limit, max: limits[error.limit] };
    throw error;
  }
}

/** Of a selection set with its fragments expanded, relative to where it stands. */
type Size = { fields: number; depth: number; aliases: number; cost: number };

/** Where a selection set stands. */
type Place = {
  readonly type: GraphQLNamedType | undefined;
  /** Directly inside a connection, whose `edges` hold as many as the page, not ten times that. */
  readonly inPage: boolean;
  readonly introspecting: boolean;
};

class Exceeded extends Error {
  constructor(readonly limit: keyof QueryLimits) {
    super(limit);
  }
}

class Measure {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<string, Size>();
  #defaults: ReadonlyMap<string, ValueNode | undefined> = new Map();
  /** Fields above the present one. */
  #level = 0;
  /** Selection sets above the present one, those of fragments too. */
  #nesting = 0;

  constructor(
    document: DocumentNode,
    private readonly schema: GraphQLSchema,
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly limits: QueryLimits,
  ) {
    const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  operation(operation: OperationDefinitionNode): void {
    // Page sizes may differ between operations by their variables' defaults.
    this.#measured.clear();
    this.#defaults = new Map(operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]));
    for (const { defaultValue } of operation.variableDefinitions ?? []) this.#input(defaultValue, 0);
    const type = this.schema.getRootType(operation.operation) ?? undefined;
    const size = this.#selections(operation.selectionSet, { type, inPage: false, introspecting: false });
    this.#within('rootFieldsMax', size.fields);
    this.#within('aliasesMax', size.aliases);
    this.#within('depthMax', size.depth);
    this.#within('costMax', size.cost + (operation.operation === 'mutation' ? size.fields * MUTATION_COST : 0));
  }

  #selections(set: SelectionSetNode, place: Place): Size {
    const total: Size = { fields: 0, depth: 0, aliases: 0, cost: 0 };
    // Stops on the way down, so that no document can exhaust the stack.
    this.#nesting += 1;
    if (this.#nesting > NESTING_MAX) throw new Exceeded('depthMax');
    for (const selection of set.selections) {
      const size = this.#selection(selection, place);
      total.fields += size.fields;
      total.depth = Math.max(total.depth, size.depth);
      total.aliases += size.aliases;
      total.cost += size.cost;
    }
    this.#nesting -= 1;
    return total;
  }

  #selection(selection: SelectionNode, place: Place): Size {
    if (selection.kind === Kind.FIELD) return this.#field(selection, place);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#fragment(selection.name.value, place);
    return this.#selections(selection.selectionSet, { ...place, type: this.#typeNamed(selection.typeCondition) ?? place.type });
  }

  #field(field: FieldNode, place: Place): Size {
    for (const { value } of field.arguments ?? []) this.#input(value, 0);
    const aliases = field.alias === undefined ? 0 : 1;
    if (field.selectionSet === undefined) return { fields: 1, depth: 1, aliases, cost: 0 };
    if (place.introspecting || isIntrospection(field)) return this.#introspection(field.selectionSet, aliases, place.introspecting);

    const type = isObjectType(place.type) || isInterfaceType(place.type) ? place.type.getFields()[field.name.value]?.type : undefined;
    const isList = type !== undefined && isListType(getNullableType(type));
    const pageSize = this.#pageSize(field);
    const times = pageSize ?? (isList && !place.inPage ? LIST_SIZE_ASSUMED : 1);
    this.#level += 1;
    this.#within('depthMax', this.#level);
    const inside = { type: type === undefined ? undefined : getNamedType(type), inPage: pageSize !== null && !isList, introspecting: false };
    const children = this.#selections(field.selectionSet, inside);
    this.#level -= 1;
    return { fields: 1, depth: 1 + children.depth, aliases: aliases + children.aliases, cost: times * (1 + children.cost) };
  }

  /** Reads the schema, which is in memory: exempt from depth and cost, but with a depth of its own. */
  #introspection(set: SelectionSetNode, aliases: number, nested: boolean): Size {
    const children = this.#selections(set, { type: undefined, inPage: false, introspecting: true });
    const depth = 1 + children.depth;
    this.#within('introspectionDepthMax', depth);
    return { fields: 1, depth: nested ? depth : 1, aliases: aliases + children.aliases, cost: 0 };
  }

  #fragment(name: string, { inPage, introspecting }: Place): Size {
    const key = `${name} ${inPage} ${introspecting}`;
    const known = this.#measured.get(key);
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    const nothing: Size = { fields: 0, depth: 0, aliases: 0, cost: 0 };
    // Also what a cycle finds on its second round; validation refuses it.
    this.#measured.set(key, nothing);
    if (fragment === undefined) return nothing;
    const size = this.#selections(fragment.selectionSet, { type: this.#typeNamed(fragment.typeCondition), inPage, introspecting });
    this.#measured.set(key, size);
    return size;
  }

  #pageSize(field: FieldNode): number | null {
    const argument = field.arguments?.find(({ name }) => PAGE_SIZE_ARGUMENTS.has(name.value));
    const size = this.#number(argument?.value);
    return size === null ? null : Math.max(1, size);
  }

  #number(node: ValueNode | undefined): number | null {
    if (node?.kind === Kind.INT) return Number(node.value);
    if (node?.kind !== Kind.VARIABLE) return null;
    const given = this.variables[node.name.value];
    if (typeof given === 'number') return given;
    const byDefault = this.#defaults.get(node.name.value);
    return byDefault?.kind === Kind.INT ? Number(byDefault.value) : null;
  }

  #input(node: ValueNode | undefined, depth: number): void {
    if (node?.kind !== Kind.LIST && node?.kind !== Kind.OBJECT) return;
    this.#within('inputDepthMax', depth + 1);
    const values = node.kind === Kind.LIST ? node.values : node.fields.map(({ value }) => value);
    for (const value of values) this.#input(value, depth + 1);
  }

  #typeNamed(node: NamedTypeNode | undefined): GraphQLNamedType | undefined {
    return node === undefined ? undefined : this.schema.getType(node.name.value);
  }

  #within(limit: keyof QueryLimits, value: number): void {
    if (!(value <= this.limits[limit])) throw new Exceeded(limit);
  }
}

function isIntrospection(field: FieldNode): boolean {
  return field.name.value === SchemaMetaFieldDef.name || field.name.value === TypeMetaFieldDef.name;
}
