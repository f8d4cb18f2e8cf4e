import type { RevisionWarning } from '@slipway/domain';

/** What to start: an argument vector, never a line for a shell. */
export type EngineCommand = {
  /** `argv[0]` is looked up on the command's own PATH when it has no slash. */
  readonly argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly environ: Readonly<Record<string, string>>;
  /** Names in `environ` whose values are secret: masked wherever the command is shown or recorded. */
  readonly secretEnviron: readonly string[];
  /** Absolute; the replica's run folder when absent. */
  readonly cwd?: string;
  /** The arguments for people, where a flag is known under another name (X25). Absent: `argv`. */
  readonly previewArgv?: readonly string[];
};

/** `UNSUPPORTED`: this runtime cannot run that variant. `LAUNCH_FAILED`: it could, but something it needs is missing or wrong. */
export type EngineRefusal = {
  readonly type: 'refused';
  readonly reason: 'UNSUPPORTED' | 'LAUNCH_FAILED';
  readonly message: string;
};

export type EngineOutcome =
  | { readonly type: 'command'; readonly command: EngineCommand; readonly warnings: readonly RevisionWarning[] }
  | EngineRefusal;

export const unsupported = (message: string): EngineRefusal => ({ type: 'refused', reason: 'UNSUPPORTED', message });
export const launchFailed = (message: string): EngineRefusal => ({ type: 'refused', reason: 'LAUNCH_FAILED', message });

export const MASK = '***';
/** Shorter secrets would blot out ordinary text. */
const MASKABLE_LENGTH_MIN = 6;

/** The command as one line a person may read and paste into a shell, secrets masked. */
export function renderPreview(command: EngineCommand): string {
  const mask = secretMask(command);
  const secret = new Set(command.secretEnviron);
  const variables = Object.entries(command.environ).map(([name, value]) => `${name}=${secret.has(name) ? MASK : quote(mask(value))}`);
  return [...variables, ...(command.previewArgv ?? command.argv).map((word) => quote(mask(word)))].join(' ');
}

/** `isCut`: the end of the text was cut off, perhaps in the middle of a secret: what may be the begin of one is masked too. */
export type SecretMask = (text: string, isCut?: boolean) => string;

/** Replaces every secret value of the command wherever it appears in a text: recorded arguments, an engine's own output. */
export function secretMask(command: Pick<EngineCommand, 'environ' | 'secretEnviron'>): SecretMask {
  return maskOf(command.secretEnviron.map((name) => command.environ[name] ?? ''));
}

/** The same for given secrets; also line by line, and as JSON and URLs spell them. */
export function maskOf(secrets: readonly string[]): SecretMask {
  const written = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(Buffer.from(secret).toString())])
    .filter((value) => value.length >= MASKABLE_LENGTH_MIN);
  const values = [...new Set(written)].sort((a, b) => b.length - a.length); // a secret that contains another goes first
  return (text, isCut = false) => {
    const masked = values.reduce((soFar, value) => soFar.replaceAll(value, MASK), text);
    return isCut ? withoutBegunSecret(masked, values) : masked;
  };
}

/** Fewer characters of a secret at a cut end tell nothing about it. */
const BEGUN_LENGTH_MIN = 3;

function withoutBegunSecret(text: string, values: readonly string[]): string {
  const begun = values.map((value) => {
    for (let length = Math.min(value.length, text.length); length >= BEGUN_LENGTH_MIN; length--) if (text.endsWith(value.slice(0, length))) return length;
    return 0;
  });
  const longest = Math.max(0, ...begun);
  return longest === 0 ? text : `${text.slice(0, -longest)}${MASK}`;
}

/** POSIX single quotes where needed; control characters are shown, not sent to the terminal. */
function quote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./*-]+$/.test(word)) return word;
  const visible = word.replace(/[\u0000-\u001f\u007f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `'${visible.replaceAll("'", `'\\''`)}'`;
}
