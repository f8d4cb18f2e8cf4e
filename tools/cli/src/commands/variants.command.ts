import type { Command } from 'commander';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { textTable } from '../output/text-table.js';

type Variant = { readonly name: string; readonly humanReadableName: string; readonly port: number | null; readonly healthCheckPath: string | null; readonly requiredEnviron: readonly string[] };

export const LIST_VARIANTS = new Operation<{ runtimeVariants: readonly Variant[] }>(/* GraphQL */ `
  query ListVariants { runtimeVariants { name humanReadableName port healthCheckPath requiredEnviron } }
`);

export function addVariants(program: Command, { graph, print }: Invocation): void {
  program
    .command('variants')
    .description('what can run a model')
    .action(async () => {
      const { runtimeVariants } = await graph().ask(LIST_VARIANTS, {});
      const columns = [
        { title: 'NAME', cell: ({ name }: Variant) => name },
        { title: 'WHAT IT IS', cell: ({ humanReadableName }: Variant) => humanReadableName },
        { title: 'PORT', cell: ({ port }: Variant) => (port === null ? '-' : String(port)) },
        { title: 'TAKES', cell: ({ requiredEnviron }: Variant) => requiredEnviron.join(', ') || '-' },
      ];
      print({ data: runtimeVariants, text: () => textTable(columns, runtimeVariants, 'no variants') });
    });
}
