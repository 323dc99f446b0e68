import { setTimeout as wait } from "node:timers/promises";

/** Lines made at once: a few milliseconds of work. */
const LINES_PER_PART = 100;
/** The longest rest behind one part: the time of a part counts waits for the database, too. */
const REST_MS_MAX = 50;

interface File {
  fileName: string;
  contentType: string;
  /** Lines with line ends. */
  lines: AsyncIterable<string> | Iterable<string>;
}

/**
 * Sends a file that is made while it is read. Its parts are made one at a time, those of all files in turn, and each is
 * followed by as long a rest: the console is one process, and pages of other people are made in the rests.
 */
export function fileResponse({ fileName, contentType, lines }: File): Response {
  const encoder = new TextEncoder();
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { text, isLast } = await inTurn(() => takeLines(iterator));
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (isLast) controller.close();
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
  const headers = {
    "content-type": contentType,
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
  return new Response(body, { headers });
}

async function takeLines(iterator: AsyncIterator<string> | Iterator<string>) {
  let text = "";
  for (let count = 0; count < LINES_PER_PART; count += 1) {
    const next = await iterator.next();
    if (next.done) return { text, isLast: true };
    text += next.value;
  }
  return { text, isLast: false };
}

/** The last part of any file, with its rest. */
let before: Promise<void> = Promise.resolve();

function inTurn<T>(make: () => Promise<T>): Promise<T> {
  let tookMs = 0;
  const part = before.then(async () => {
    const began = performance.now();
    try {
      return await make();
    } finally {
      tookMs = performance.now() - began;
    }
  });
  const rest = () => wait(Math.min(REST_MS_MAX, tookMs));
  before = part.then(rest, rest);
  return part;
}
