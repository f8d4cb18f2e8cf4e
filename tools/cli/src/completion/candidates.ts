import type { Argument, Command, Option } from 'commander';

export type Candidate = { readonly value: string; readonly description: string };

/** What fills in names that only the platform knows, by the name of the argument; `given` are the arguments before it. */
export type NameSource = (argument: string, given: readonly string[]) => Promise<readonly Candidate[]>;

/**
 * What may stand in the place of the last word, from the commands as they are defined; nothing means: perhaps a file.
 * @param words the command line without the program's name, up to and with the word under way.
 */
export async function candidates(program: Command, words: readonly string[], names: NameSource): Promise<readonly Candidate[]> {
  const place = placeOf(program, words.slice(0, -1));
  const word = words.at(-1) ?? '';
  return (await possible(place, word, names)).filter(({ value }) => value.startsWith(word));
}

type Place = {
  readonly command: Command;
  /** Arguments of the command so far. */
  readonly given: readonly string[];
  /** The option whose value comes next. */
  readonly open: Option | null;
};

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let given: readonly string[] = [];
  let open: Option | null = null;
  for (const word of words) {
    if (open !== null) {
      open = null;
      continue;
    }
    if (word.startsWith('-') && word !== '-') {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      open = option !== undefined && (option.required || option.optional) ? option : null;
      continue;
    }
    const inner: Command | undefined = given.length > 0 ? undefined : command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
    if (inner === undefined) given = [...given, word];
    else [command, given] = [inner, []];
  }
  return { command, given, open };
}

async function possible({ command, given, open }: Place, word: string, names: NameSource): Promise<readonly Candidate[]> {
  if (open !== null) return (open.argChoices ?? []).map((value) => ({ value, description: '' }));
  if (word.startsWith('-')) return optionsOf(command).flatMap(({ long, description, hidden }) => (long == null || hidden ? [] : [{ value: long, description }]));
  const commands = given.length > 0 ? [] : command.createHelp().visibleCommands(command);
  const inner = commands.map((candidate) => ({ value: candidate.name(), description: candidate.description() }));
  const argument = argumentAt(command, given.length);
  if (argument === undefined) return inner;
  if (argument.argChoices !== undefined) return argument.argChoices.map((value) => ({ value, description: '' }));
  return [...inner, ...(await names(argument.name(), given))];
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic === true ? last : undefined);
}

/** Of the command and of those it stands in; `--help` is everybody's. */
function optionsOf(command: Command): readonly Option[] {
  const own = [...command.options, ...command.createHelp().visibleOptions(command)];
  const all = command.parent === null ? own : [...own, ...optionsOf(command.parent)];
  return all.filter(({ long }, index) => all.findIndex((other) => other.long === long) === index);
}
