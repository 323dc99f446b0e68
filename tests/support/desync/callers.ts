import { Agent, request as httpRequest } from "node:http";
import { WebSocket } from "ws";
import type { Echo } from "./stand-in.ts";

/** Ends only a wait for what never comes: a busy machine takes its time. */
const PATIENCE_MS = 60_000;

interface Ask {
  carrier: string;
  method: string;
  path: string;
  body?: string;
}

const MESSAGE = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';

/** What an honest caller asks, on each carrier. */
const ASKS: readonly Ask[] = [
  { carrier: "messages", method: "POST", path: "/v1/messages", body: MESSAGE },
  { carrier: "token counts", method: "POST", path: "/v1/messages/count_tokens", body: MESSAGE },
  { carrier: "files", method: "GET", path: "/v1/files/f" },
  { carrier: "files", method: "DELETE", path: "/v1/files/f" },
  { carrier: "files", method: "POST", path: "/v1/files", body: "a file" },
  { carrier: "batches", method: "GET", path: "/v1/messages/batches/b" },
  { carrier: "batches", method: "POST", path: "/v1/messages/batches", body: "{}" },
  { carrier: "models", method: "GET", path: "/v1/models/m" },
  { carrier: "console", method: "GET", path: "/api/team" },
  { carrier: "console", method: "DELETE", path: "/api/tokens/t" },
  { carrier: "console", method: "POST", path: "/api/rules/try", body: "{}" },
];

/** An honest caller on kept connections, who looks at every answer whether it is the one to its own request. */
export class Caller {
  answers = 0;
  readonly findings: string[] = [];
  private readonly agents = new Map<string, Agent>();
  private terminal: WebSocket | null = null;
  private count = 0;

  constructor(
    private readonly port: number,
    private readonly name: string,
    private readonly command: { text: string; answer: RegExp },
  ) {}

  /** Asks once on every carrier, on all at once. */
  async askAll(): Promise<void> {
    await Promise.all([...ASKS.map((ask) => this.ask(ask)), this.askTerminal()]);
  }

  end(): void {
    for (const agent of this.agents.values()) agent.destroy();
    this.terminal?.terminate();
  }

  private async ask({ carrier, method, path, body }: Ask): Promise<void> {
    const mine: Echo = { marker: `${this.name}-${this.count++}`, credential: this.name };
    const where = `${this.name}, ${method} ${path}`;
    try {
      const text = await this.send({ carrier, method, path, body }, mine);
      const { marker, credential } = JSON.parse(text) as Echo;
      this.answers++;
      if (marker !== mine.marker || credential !== mine.credential)
        this.findings.push(`${where}: the answer is that of ${credential} (${marker}), not of ${mine.marker}`);
    } catch (problem) {
      this.findings.push(`${where}: ${String(problem)}`);
    }
  }

  private send({ carrier, method, path, body }: Ask, { marker, credential }: Echo): Promise<string> {
    const key = `${carrier} ${method}`;
    const agent = this.agents.get(key) ?? new Agent({ keepAlive: true, maxSockets: 1 });
    this.agents.set(key, agent);
    const isConsole = path.startsWith("/api/");
    const sent = isConsole ? { "sec-fetch-site": "same-origin", "content-type": "application/json" } : {};
    const headers = { "x-marker": marker, ...sent, [isConsole ? "cookie" : "x-api-key"]: credential };
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.port, agent, method, path, headers, timeout: PATIENCE_MS };
      const request = httpRequest(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () =>
          answer.statusCode === 200 ? resolve(text) : reject(new Error(`${answer.statusCode} ${text}`)),
        );
      });
      request.on("timeout", () => request.destroy(new Error("no answer came")));
      request.on("error", reject);
      if (body === undefined) request.end();
      else request.setHeader("content-length", body.length).end(body);
    });
  }

  private async askTerminal(): Promise<void> {
    try {
      this.terminal ??= await this.openTerminal();
      const terminal = this.terminal;
      const text = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no answer came")), PATIENCE_MS);
        terminal.once("close", () => reject(new Error("the terminal was closed")));
        terminal.once("message", (data) => {
          clearTimeout(timer);
          terminal.removeAllListeners("close");
          resolve(String(data));
        });
        terminal.send(this.command.text);
      });
      this.answers++;
      if (!this.command.answer.test(text))
        this.findings.push(`${this.name}, terminal: ${text} is no answer to ${this.command.text}`);
    } catch (problem) {
      this.findings.push(`${this.name}, terminal: ${String(problem)}`);
    }
  }

  private openTerminal(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const terminal = new WebSocket(`ws://127.0.0.1:${this.port}/terminal`);
      terminal.once("open", () => resolve(terminal));
      terminal.once("error", reject);
    });
  }
}
