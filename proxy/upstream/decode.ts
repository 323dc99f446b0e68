import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** What takes the answer's body in. `chunk` returns false to be asked for a pause. */
export interface AnswerSink {
  chunk(bytes: Buffer): boolean;
  end(): void;
  /** The transport broke off: what came is not the whole. */
  broken(problem: Error): void;
}

const DECODERS = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress };

/** Whether an answer in this coding can be read. Plain ones need no reading. */
export function isDecodable(coding: string): coding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, coding);
}

/**
 * Undoes the coding of an answer that came compressed although none was asked for: its usage must be read and its model
 * named. The caller gets it plain, which every client takes.
 */
export function decoding(coding: keyof typeof DECODERS, sink: AnswerSink): AnswerSink {
  const decoder = DECODERS[coding]();
  let canTakeMore = true;
  decoder.on("data", (bytes: Buffer) => {
    canTakeMore = sink.chunk(bytes);
  });
  decoder.on("end", () => sink.end());
  decoder.on("error", (problem) => sink.broken(problem));
  return {
    chunk(bytes) {
      decoder.write(bytes);
      return canTakeMore;
    },
    end: () => void decoder.end(),
    broken(problem) {
      decoder.destroy();
      sink.broken(problem);
    },
  };
}
