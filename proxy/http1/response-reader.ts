import type { IncomingHttpHeaders } from "node:http";
import { type HeadField, HeadProblem, HeadsInTurn, toHeaderTable } from "./head-lines.ts";

/** Parts of a response, in order: one head, any number of body pieces, one end. */
interface AnswerListener {
  head(status: number, headers: IncomingHttpHeaders): void;
  /** The body bytes of one read, in one piece. */
  body(bytes: Buffer): void;
  /** `isReusable`: the connection may carry another request. */
  end(isReusable: boolean): void;
}

/** The provider's bytes are no response we can pass on. */
export class ResponseProblem extends Error {
  readonly code = "ERR_ANSWER_FORMAT";
}

const HEAD_BYTES_MAX = 64 * 1024;
const LINE_BYTES_MAX = 1_024;
/** Hexadecimal digits of a chunk's size: as many as a number of 32 bits has. */
const PLAIN_DIGITS_MAX = 7;
const BLANK_LINE = Buffer.from("\r\n\r\n");
const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Where the minor version and the status stand in it. */
const MINOR_AT = "HTTP/1.".length;
const STATUS_AT = "HTTP/1.1 ".length;
const LF = 0x0a;
const CR = 0x0d;

type State = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" | "until-close" | "done";

/**
 * Parses the response to one request off a connection. Strict about framing: what cannot be framed with certainty is an
 * ResponseProblem, never a guess. Pieces passed on are views of the buffers pushed in.
 */
export class ResponseReader {
  private readonly listener: AnswerListener;
  private readonly method: string;
  private state: State = "head";
  private pending: Buffer | null = null;
  /** Bytes still to come: of the body, or of the current chunk. */
  private left = 0;
  /** A line of the framing (chunk size, trailer) that a read cut in two. */
  private line = "";
  private trailerBytes = 0;
  private isReusable = true;

  constructor(method: string, listener: AnswerListener) {
    this.method = method;
    this.listener = listener;
  }

  get isDone(): boolean {
    return this.state === "done";
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (this.state === "head") {
      const bodyAt = this.readHead(at === 0 ? bytes : bytes.subarray(at));
      if (bodyAt < 0) return;
      at += bodyAt;
    }
    if (at < bytes.length) this.readBody(at === 0 ? bytes : bytes.subarray(at));
    // No request is open for these bytes: two readers would disagree about the next response.
    else if (this.isDone) this.finish();
  }

  /** The connection has ended. True when that ends the response too. */
  closed(): boolean {
    if (this.state !== "until-close") return this.state === "done";
    this.isReusable = false;
    this.state = "done";
    this.finish();
    return true;
  }

  /** Returns where the body begins in `bytes`, or -1 while the head is not whole. */
  private readHead(bytes: Buffer): number {
    const before = this.pending?.length ?? 0;
    const all = this.pending === null ? bytes : Buffer.concat([this.pending, bytes]);
    const end = all.indexOf(BLANK_LINE);
    if (end === -1) {
      if (all.length > HEAD_BYTES_MAX) throw new ResponseProblem("the head of the answer is too large");
      this.pending = all;
      return -1;
    }
    this.pending = null;
    this.takeHead(all.toString("latin1", 0, end));
    return end + BLANK_LINE.length - before;
  }

  private takeHead(text: string): void {
    const { first: line, fields } = linesIn(text);
    if (!STATUS_LINE.test(line)) throw new ResponseProblem("the answer is no HTTP/1.1");
    const status = Number(line.slice(STATUS_AT, STATUS_AT + 3));
    // Informational heads come before the final one.
    if (status < 200 && status !== 101) return;
    if (status === 101) throw new ResponseProblem("the answer changes the protocol");
    const headers = toHeaderTable(fields);
    const { connection } = headers;
    this.isReusable = line[MINOR_AT] === "1" && (connection === undefined || !/\bclose\b/i.test(connection));
    this.frame(status, headers);
    this.listener.head(status, headers);
  }

  private frame(status: number, headers: IncomingHttpHeaders): void {
    const coding = headers["transfer-encoding"];
    const length = headers["content-length"];
    if (this.method === "HEAD" || status === 204 || status === 304) this.state = "done";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked" || length !== undefined)
        throw new ResponseProblem("the length of the answer is given in two ways");
      this.state = "chunk-size";
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new ResponseProblem("the length of the answer is no number");
      this.left = Number(length);
      this.state = this.left === 0 ? "done" : "length";
    } else this.state = "until-close";
  }

  private readBody(bytes: Buffer): void {
    if (this.state === "done") throw new ResponseProblem("bytes came after the end of the answer");
    if (this.state === "until-close") this.listener.body(bytes);
    else if (this.state === "length") this.readLength(bytes);
    else this.readChunks(bytes);
  }

  private readLength(bytes: Buffer): void {
    if (bytes.length > this.left) throw new ResponseProblem("bytes came after the end of the answer");
    this.left -= bytes.length;
    if (this.left === 0) this.state = "done";
    this.listener.body(bytes);
    if (this.left === 0) this.finish();
  }

  /** Removes the framing in place, so that a read full of small chunks goes on as one piece. */
  private readChunks(bytes: Buffer): void {
    let at = 0;
    let filled = 0;
    while (at < bytes.length && this.state !== "done") {
      if (this.state === "chunk-data") {
        const taken = Math.min(this.left, bytes.length - at);
        if (filled !== at) bytes.copyWithin(filled, at, at + taken);
        at += taken;
        filled += taken;
        this.left -= taken;
        if (this.left === 0) this.state = "chunk-end";
      } else at = this.readPlainFraming(bytes, at) || this.readFrameLine(bytes, at);
    }
    if (at < bytes.length) throw new ResponseProblem("bytes came after the end of the answer");
    if (filled > 0) this.listener.body(bytes.subarray(0, filled));
    if (this.isDone) this.finish();
  }

  /**
   * Parses the usual framing: a bare size, the line end behind a chunk. Returns where the next thing begins, or 0 for
   * what is cut in two, or longer, or wrong.
   */
  private readPlainFraming(bytes: Buffer, from: number): number {
    if (this.line !== "") return 0;
    let at = from;
    if (this.state === "chunk-size") {
      let size = 0;
      for (let digit = hexDigit(bytes[at]); digit >= 0; digit = hexDigit(bytes[++at])) size = size * 16 + digit;
      if (size === 0 || at - from > PLAIN_DIGITS_MAX) return 0;
      this.left = size;
    } else if (this.state !== "chunk-end") return 0;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return 0;
    this.state = this.state === "chunk-size" ? "chunk-data" : "chunk-size";
    return at + 2;
  }

  /** Reads a line of framing from `from`; returns where the next thing begins. */
  private readFrameLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from);
    this.line += bytes.toString("latin1", from, end === -1 ? bytes.length : end);
    if (this.line.length > LINE_BYTES_MAX) throw new ResponseProblem("the framing of the answer is damaged");
    if (end === -1) return bytes.length;
    const line = this.line;
    this.line = "";
    if (line.charCodeAt(line.length - 1) !== CR) throw new ResponseProblem("the framing of the answer is damaged");
    this.takeFrameLine(line.slice(0, -1));
    return end + 1;
  }

  private takeFrameLine(line: string): void {
    if (this.state === "chunk-size") this.beginChunk(line);
    else if (this.state === "chunk-end") {
      if (line !== "") throw new ResponseProblem("the framing of the answer is damaged");
      this.state = "chunk-size";
    } else {
      // Trailers hold nothing we need and are not passed on.
      this.trailerBytes += line.length;
      if (this.trailerBytes > HEAD_BYTES_MAX) throw new ResponseProblem("the trailer of the answer is too large");
      if (line === "") this.state = "done";
    }
  }

  private beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})[\t ]*(?:;.*)?$/i.exec(line);
    if (size === null) throw new ResponseProblem("the framing of the answer is damaged");
    this.left = Number.parseInt(size[1] as string, 16);
    this.state = this.left === 0 ? "trailer" : "chunk-data";
  }

  private finish(): void {
    this.listener.end(this.isReusable);
  }
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** One cache for the responses of all connections: they come from one provider. */
const heads = new HeadsInTurn();

function linesIn(text: string): { first: string; fields: HeadField[] } {
  try {
    return heads.read(text);
  } catch (problem) {
    if (problem instanceof HeadProblem) throw new ResponseProblem(`the head of the answer has ${problem.message}`);
    throw problem;
  }
}
