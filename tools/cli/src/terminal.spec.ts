import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { processTerminal, type Terminal } from './terminal.js';

type Screen = { readonly terminal: Terminal; readonly stdin: PassThrough; said(): Promise<{ readonly out: string; readonly err: string }> };

function screen(size: { readonly columns: number; readonly rows: number } | null, allowsColours = true): Screen {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  for (const stream of [stdin, stdout, stderr]) Object.assign(stream, { isTTY: size !== null }, size);
  const streams = { stdin, stdout, stderr } as unknown as Parameters<typeof processTerminal>[0];
  const said = async () => {
    stdout.end();
    stderr.end();
    return { out: await text(stdout), err: await text(stderr) };
  };
  return { terminal: processTerminal(streams, allowsColours), stdin, said };
}

it('draws over what it drew, no further up than the screen reaches, and goes on below it', async () => {
  const { terminal, said } = screen({ columns: 80, rows: 3 });
  terminal.draw(['one']);
  terminal.draw(['two', 'three', 'out of sight']);
  terminal.draw(['four']);
  terminal.draw(null);
  terminal.answer('done');
  expect((await said()).out).toBe('\r\u001b[Jone\n\u001b[1A\r\u001b[Jtwo\nthree\n\u001b[2A\r\u001b[Jfour\ndone\n');
});

it('has styles and a width of its own on a terminal only, and no styles where they are not wanted', () => {
  expect(screen({ columns: 42, rows: 10 }).terminal).toMatchObject({ isLive: true, isAnswerable: true, columns: 42 });
  expect(screen({ columns: 42, rows: 10 }).terminal.colours.red('x')).not.toBe('x');
  expect(screen({ columns: 42, rows: 10 }, false).terminal.colours.red('x')).toBe('x');
  const piped = screen(null).terminal;
  expect(piped).toMatchObject({ isLive: false, isAnswerable: false, columns: 100 });
  expect(piped.colours.red('x')).toBe('x');
});

it('keeps answers and what is about them apart, and reads all of its input', async () => {
  const { terminal, stdin, said } = screen(null);
  stdin.end('a\nb');
  expect(await terminal.readInput()).toBe('a\nb');
  terminal.answer('answer');
  terminal.write('piece');
  terminal.note('note');
  expect(await said()).toEqual({ out: 'answer\npiece', err: 'note\n' });
});

it('asks on standard error, shows no secret, and takes the end of input for leaving', async () => {
  const { terminal, stdin, said } = screen({ columns: 80, rows: 10 });
  const secret = terminal.ask('Token: ', true);
  stdin.write('s3cret\r');
  expect(await secret).toBe('s3cret');
  const line = terminal.ask('> ');
  stdin.write('hello\r');
  expect(await line).toBe('hello');
  const left = terminal.ask('> ');
  stdin.end();
  expect(await left).toBeNull();
  const { out, err } = await said();
  expect(out).toBe('');
  expect(err).toContain('Token: ');
  expect(err).not.toContain('s3cret');
});
