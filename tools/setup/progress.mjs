const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Without a terminal a line now and then says that it goes on. */
const PLAIN_LINE_MS = 15_000;
/** A step that is over sooner is not worth a line. */
const WORTH_SHOWING_MS = 700;

/** Shows `title` with the seconds gone by while `work` runs, on a line of its own that a terminal sees change. */
export async function during(title, work, output = process.stdout) {
  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  const show = output.isTTY ? spinner(title, seconds, output) : plainLines(title, seconds, output);
  try {
    const result = await work();
    show.end(`✔ ${title}, ${seconds()} s`);
    return result;
  } catch (error) {
    show.end(`✘ ${title}, ${seconds()} s`);
    throw error;
  }
}

function spinner(title, seconds, output) {
  let frame = 0;
  const timer = setInterval(() => {
    if (frame * FRAME_MS >= WORTH_SHOWING_MS) output.write(`\r\x1b[2K${FRAMES[frame % FRAMES.length]} ${title} … ${seconds()} s`);
    frame += 1;
  }, FRAME_MS);
  return {
    end(line) {
      clearInterval(timer);
      if (frame * FRAME_MS > WORTH_SHOWING_MS) output.write(`\r\x1b[2K${line}\n`);
    },
  };
}

function plainLines(title, seconds, output) {
  let shown = false;
  const begin = () => {
    output.write(`  ${title} …\n`);
    shown = true;
  };
  const first = setTimeout(begin, WORTH_SHOWING_MS);
  const timer = setInterval(() => output.write(`  ${title} … ${seconds()} s\n`), PLAIN_LINE_MS);
  return {
    end(line) {
      clearTimeout(first);
      clearInterval(timer);
      if (shown) output.write(`${line}\n`);
    },
  };
}
