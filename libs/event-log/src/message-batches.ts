import type { FollowMessage } from './event-log.js';

/**
 * What a follower has ready, together: as much as comes without waiting, at most `messagesMax`. So a consumer that
 * writes once per batch is quick when little happens and thorough when much does. Ends when the follower ends.
 */
export async function* messageBatches(
  follower: AsyncIterator<FollowMessage, undefined>,
  messagesMax: number,
): AsyncGenerator<readonly FollowMessage[]> {
  const ask = () => {
    const asked = follower.next();
    asked.catch(() => undefined); // it is awaited later, when the batch before it has been taken
    return asked;
  };
  try {
    let next = ask();
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch = [first.value];
      next = ask();
      const turnEnded = nextTurn();
      while (batch.length < messagesMax) {
        const ready = await Promise.race([next, turnEnded]);
        if (ready === undefined || ready.done === true) break;
        batch.push(ready.value);
        next = ask();
      }
      yield batch;
    }
  } finally {
    await follower.return?.();
  }
}

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined));
