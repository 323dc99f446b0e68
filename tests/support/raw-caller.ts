import { connect, type Socket } from "node:net";

/** What of an answer has come so far. */
export interface SoFar {
  status: number;
  /** The body as far as it came, without its framing. */
  body: Buffer;
  /** Its end was announced: the last chunk, or as many bytes as were promised. */
  isWhole: boolean;
}

/** A caller at the level of bytes, who can leave at any of them. */
export class RawCaller {
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  private isClosed = false;
  private heard: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.heard();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
      this.heard();
    });
  }

  /** Forgets what came before. */
  send(text: string): void {
    this.received = Buffer.alloc(0);
    this.socket.write(text);
  }

  /** Resolves when the answer is as wanted; fails when the connection ends before. */
  async until(isReached: (soFar: SoFar) => boolean): Promise<SoFar> {
    for (;;) {
      const soFar = answerIn(this.received);
      if (isReached(soFar)) return soFar;
      if (this.isClosed) throw new Error(`the connection ended after ${soFar.body.length} bytes`);
      await this.readMore();
    }
  }

  /** Resolves when the other side has ended the connection. */
  async untilClosed(): Promise<SoFar> {
    while (!this.isClosed) await this.readMore();
    return answerIn(this.received);
  }

  leave(): void {
    this.socket.destroy();
  }

  private readMore(): Promise<void> {
    return new Promise((resolve) => {
      this.heard = resolve;
    });
  }
}

function answerIn(bytes: Buffer): SoFar {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return { status: 0, body: Buffer.alloc(0), isWhole: false };
  const head = bytes.toString("latin1", 0, headEnd);
  const status = Number(head.split(" ")[1]);
  const rest = bytes.subarray(headEnd + 4);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return { status, body: rest, isWhole: rest.length >= Number(length) };
  return { status, ...withoutChunks(rest) };
}

function withoutChunks(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return { body: Buffer.concat(parts), isWhole: false };
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (size === 0) return { body: Buffer.concat(parts), isWhole: true };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
