import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** Receiver of a response body. `chunk` returns false to ask for a pause. */
export interface AnswerSink {
  chunk(bytes: Buffer): boolean;
  end(): void;
  /** The transport failed: the bytes received are not the whole response. */
  broken(problem: Error): void;
}

const DECODERS = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress };

/** Whether a response in this coding can be read. Uncoded responses need no decoding. */
export function isDecodable(coding: string): coding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, coding);
}

/**
 * Decodes a compressed response that arrived although none was requested: its usage must be read and its model named.
 * The caller receives it uncompressed, which every client accepts.
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
