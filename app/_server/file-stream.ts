import { setTimeout as wait } from "node:timers/promises";

/** Lines made at once: a few milliseconds of work. */
const LINES_PER_PART = 100;
/** The longest rest behind one part: the time of a part counts waits for the database, too. */
const REST_MS_MAX = 50;

interface File {
  fileName: string;
  contentType: string;
  /** Lines with line ends, or bytes. */
  lines: AsyncIterable<Piece> | Iterable<Piece>;
}

type Piece = string | Uint8Array;

/**
 * Sends a file that is made while it is read. Its parts are made one at a time, those of all files in turn, and each is
 * followed by as long a rest: the console is one process, and pages of other people are made in the rests.
 */
export function fileResponse({ fileName, contentType, lines }: File): Response {
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { bytes, isLast } = await inTurn(() => takeLines(iterator));
      if (bytes.length > 0) controller.enqueue(bytes);
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

async function takeLines(iterator: AsyncIterator<Piece> | Iterator<Piece>) {
  const pieces: Piece[] = [];
  while (pieces.length < LINES_PER_PART) {
    const next = await iterator.next();
    if (next.done) return { bytes: toBytes(pieces), isLast: true };
    pieces.push(next.value);
  }
  return { bytes: toBytes(pieces), isLast: false };
}

const toBytes = (pieces: readonly Piece[]): Uint8Array<ArrayBuffer> =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));

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
