import { connect, type Socket } from "node:net";

export interface RawAnswer {
  status: number;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/**
 * One kept-alive connection, one request at a time, answers with a length only: for tens of thousands of requests. Connects
 * again after the other side has announced that it closes.
 */
export class RawClient {
  private socket: Socket | null = null;
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (answer: RawAnswer) => void; reject: (problem: Error) => void } | null = null;

  constructor(private readonly port: number) {}

  send(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket ??= this.open();
      this.socket.write(request);
    });
  }

  end(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private open(): Socket {
    const socket = connect(this.port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("data", (part) => this.take(part));
    socket.on("error", (problem) => this.fail(problem));
    socket.on("close", () => {
      if (this.socket === socket) this.fail(new Error("the connection was closed"));
    });
    return socket;
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
    if (headers.get("connection") === "close") this.end();
    waiting?.resolve({ status: Number(first.split(" ")[1]), headers, body });
  }

  private fail(problem: Error): void {
    this.end();
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
