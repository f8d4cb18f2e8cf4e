import { EventEmitter } from 'node:events';
import type { GraphLease } from '../graph/graph-generations.js';
import { RunningOperations } from './running-operations.js';

const lease = () => {
  const given = { left: 0, leave: () => void (given.left += 1) };
  return given as { left: number } & GraphLease;
};

describe('operations on WebSockets', () => {
  it('give the graph back when they end, and are not told that their client left', () => {
    const running = new RunningOperations();
    const [payload, held] = [{}, lease()];
    const left = running.begin(payload, new EventEmitter());
    running.hold(payload, held);
    expect(running.count).toBe(1);
    running.end(payload);
    running.end(payload);
    expect([running.count, held.left, left.aborted]).toEqual([0, 1, false]);
  });

  it('end when their socket closes, and those of other sockets do not', () => {
    const running = new RunningOperations();
    const [socket, other] = [new EventEmitter(), new EventEmitter()];
    const begun = [socket, socket, other].map((of) => {
      const [payload, held] = [{}, lease()];
      const left = running.begin(payload, of);
      running.hold(payload, held);
      return { left, held };
    });
    socket.emit('close');
    expect(begun.map(({ left, held }) => [left.aborted, held.left])).toEqual([[true, 1], [true, 1], [false, 0]]);
    expect(running.count).toBe(1);
  });

  it('give the graph back at once when they had ended before they had it', () => {
    const running = new RunningOperations();
    const [payload, socket, held] = [{}, new EventEmitter(), lease()];
    running.begin(payload, socket);
    socket.emit('close');
    running.hold(payload, held);
    expect(held.left).toBe(1);
  });

  it('leave nothing behind on a socket that carries one after another', () => {
    const running = new RunningOperations();
    const socket = new EventEmitter();
    for (let count = 0; count < 100; count += 1) {
      const payload = {};
      running.begin(payload, socket);
      running.end(payload);
    }
    expect(socket.listenerCount('close')).toBe(1);
  });
});
