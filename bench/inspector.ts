import { WebSocket } from "ws";

type Result = Record<string, unknown>;
type Listener = (params: Record<string, unknown>) => void;

/** Inspector client for one thread of a Node process, so that the product needs no hook for it. */
export interface Thread {
  call(method: string, params?: Record<string, unknown>): Promise<Result>;
  /** The value of an expression in that thread. `process.getBuiltinModule` gives it Node's modules. */
  evaluate<T>(expression: string): Promise<T>;
}

export interface Inspector extends Thread {
  /** The process's worker threads. */
  workers(): Promise<Thread[]>;
  close(): void;
}

/** Printed by a process that was started with `--inspect`. */
export const inspectorLine = /Debugger listening on (ws:\/\/\S+)/;

export async function inspect(url: string): Promise<Inspector> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 30 });
  await new Promise<void>((resolve, reject) => socket.once("open", () => resolve()).once("error", reject));
  const session = new Session((text) => socket.send(text));
  socket.on("message", (data) => session.receive(String(data)));
  return Object.assign(session, { workers: () => attachWorkers(session), close: () => socket.close() });
}

/** Requests and responses of the protocol over any transport of text. */
class Session implements Thread {
  private readonly waiting = new Map<number, { resolve(result: Result): void; reject(problem: Error): void }>();
  private readonly listeners = new Map<string, Listener>();
  private lastId = 0;

  constructor(private readonly send: (text: string) => void) {}

  call(method: string, params: Record<string, unknown> = {}): Promise<Result> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send(JSON.stringify({ id, method, params }));
    });
  }

  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (answer.exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(answer.exceptionDetails)}`);
    return (answer.result as { value: T }).value;
  }

  on(method: string, listener: Listener): void {
    this.listeners.set(method, listener);
  }

  receive(text: string): void {
    const message = JSON.parse(text) as {
      id?: number;
      method?: string;
      params?: Result;
      result?: Result;
      error?: Result;
    };
    if (message.method !== undefined) {
      this.listeners.get(message.method)?.(message.params ?? {});
      return;
    }
    const call = this.waiting.get(message.id ?? -1);
    this.waiting.delete(message.id ?? -1);
    if (message.error) call?.reject(new Error(String(message.error.message)));
    else call?.resolve(message.result ?? {});
  }
}

async function attachWorkers(main: Session): Promise<Thread[]> {
  const threads = new Map<string, Session>();
  main.on("NodeWorker.attachedToWorker", ({ sessionId }) => {
    const id = String(sessionId);
    threads.set(
      id,
      new Session((message) => void main.call("NodeWorker.sendMessageToWorker", { sessionId: id, message })),
    );
  });
  main.on("NodeWorker.receivedMessageFromWorker", ({ sessionId, message }) =>
    threads.get(String(sessionId))?.receive(String(message)),
  );
  await main.call("NodeWorker.enable", { waitForDebuggerOnStart: false });
  return [...threads.values()];
}
