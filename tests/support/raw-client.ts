import { connect, type Socket } from "node:net";

export interface RawAnswer {
  status: number;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** One kept-alive connection, one request at a time, answers with a length only: for tens of thousands of requests. */
export class RawClient {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (answer: RawAnswer) => void; reject: (problem: Error) => void } | null = null;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (part) => this.take(part));
    this.socket.on("error", (problem) => this.fail(problem));
    this.socket.on("close", () => this.fail(new Error("the connection was closed")));
  }

  send(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  end(): void {
    this.socket.destroy();
  }

  private take(part: Buffer): void {
    this.received = this.received.length === 0 ? part : Buffer.concat([this.received, part]);
    const headEnd = this.received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const [first = "", ...lines] = this.received.toString("latin1", 0, headEnd).split("\r\n");
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const end = headEnd + 4 + Number(headers.get("content-length"));
    if (!(this.received.length >= end)) return;
    const body = this.received.toString("utf8", headEnd + 4, end);
    this.received = this.received.subarray(end);
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve({ status: Number(first.split(" ")[1]), headers, body });
  }

  private fail(problem: Error): void {
    this.waiting?.reject(problem);
    this.waiting = null;
  }
}

/** The bytes of a POST of a message to a proxy on this port. */
export function rawMessage(port: number, body: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    "x-api-key": "sk-test",
    "content-type": "application/json",
    ...headers,
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`POST /v1/messages HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
