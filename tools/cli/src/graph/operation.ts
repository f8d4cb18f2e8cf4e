/**
 * A document of the graph with the shapes of its variables and of its answer. Each lies beside the command that needs it;
 * a spec validates all of them against the graph that the services compose.
 */
export class Operation<Answer, Variables extends object = Record<string, never>> {
  /** Never there: carries the types. */
  declare readonly shape: { answer: Answer; variables: Variables };

  constructor(readonly document: string) {}
}
