/** What the supervisor's children tell it, and it them, over the channel Node gives a forked process. */
export type ChildMessage =
  | { readonly type: 'ready'; readonly facts: Readonly<Record<string, string | boolean>> }
  /** It cannot start, and trying again would not help: the line is for people. */
  | { readonly type: 'refused'; readonly message: string };

export type SupervisorMessage = { readonly type: 'stop' };

/** A child's side: says when it is ready, stops when it is asked to, and ends at once when the supervisor is gone. */
export function underSupervision(start: () => Promise<{ readonly facts: Readonly<Record<string, string | boolean>>; stop(): Promise<void> }>): void {
  const say = (message: ChildMessage): void => void process.send?.(message);
  let stopping = false;
  process.on('SIGINT', () => undefined); // Ctrl-C reaches every process of the terminal; the supervisor says who stops when
  process.on('disconnect', () => process.exit(1));

  start().then(
    ({ facts, stop }) => {
      const end = (): void => {
        if (stopping) return;
        stopping = true;
        stop().then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
            process.exit(1);
          },
        );
      };
      process.on('SIGTERM', end);
      process.on('message', (message: SupervisorMessage) => {
        if (message.type === 'stop') end();
      });
      say({ type: 'ready', facts });
    },
    (error: unknown) => {
      say({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
      process.exitCode = 1;
      setImmediate(() => process.exit(1));
    },
  );
}
