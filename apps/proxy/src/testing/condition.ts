/** Resolves once `holds` does; looks again at every turn of the event loop, and gives up after a time no healthy run needs. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string, limitMs = 60_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`never came true: ${what}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
