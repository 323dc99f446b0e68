import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Settings } from "#config/read-s3.ts";
import { startChild } from "./child.ts";
import { eventually } from "./scratch.ts";

/**
 * What a door in front of the server does with a request. It passes it on, answers it in the server's place, or breaks
 * the connection after some bytes.
 */
export type Fault = "pass" | { status: number; code: string; body?: string } | { cutAfterBytes: number };

/** A real S3 server in another process, behind a door that can answer for it. */
export interface S3Server {
  url: string;
  settings: S3Settings;
  /** Variables that a command needs for it. */
  env: Record<string, string>;
  /** Method and address of each request that arrived. */
  arrived: string[];
  fault: (method: string, url: string, headers: IncomingMessage["headers"]) => Fault;
  /** Names of the objects of a bucket, below a prefix without a slash at its end. */
  objects: (bucket: string, prefix: string) => string[];
  /** The file in which the server keeps the bytes of an object. */
  toFile: (bucket: string, key: string) => string;
  close: () => Promise<void>;
}

const KEY = "S3RVER";
const SUFFIX = "._S3rver_object";

export async function startS3Server(buckets: string[]): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), "cco-s3-"));
  const child = startChild("s3-server", { directory, buckets });
  let output = "";
  child.process.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  const inner = await eventually(() => {
    if (!output.endsWith("\n")) throw new Error("the S3 server does not listen");
    return Number(output);
  }, 60_000);
  const door = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    server.arrived.push(`${method} ${url}`);
    pass(request, response, inner, server.fault(method, url, headers));
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const server: S3Server = {
    url,
    settings: {
      endpoint: new URL(url),
      region: "us-east-1",
      credentials: { accessKeyId: KEY, secretAccessKey: KEY },
      isPathStyle: true,
    },
    env: { CCO_S3_ENDPOINT: url, CCO_S3_ACCESS_KEY_ID: KEY, CCO_S3_SECRET_ACCESS_KEY: KEY },
    arrived: [],
    fault: () => "pass",
    objects: (bucket, prefix) => {
      const folder = join(directory, bucket, prefix);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      return names
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => name.slice(0, -SUFFIX.length))
        .sort();
    },
    toFile: (bucket, key) => join(directory, bucket, `${key}${SUFFIX}`),
    close: async () => {
      door.closeAllConnections();
      door.close();
      child.kill("SIGTERM");
      await child.ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return server;
}

function pass(request: IncomingMessage, response: ServerResponse, port: number, fault: Fault): void {
  if (typeof fault === "object" && "status" in fault) {
    const {
      status,
      code,
      body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
    } = fault;
    request.resume().on("end", () => response.writeHead(status, { "content-type": "application/xml" }).end(body));
    return;
  }
  const { method, url, headers } = request;
  const onward = ask({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault === "pass") return answer.pipe(response);
    let leftBytes = fault.cutAfterBytes;
    answer.on("data", (chunk: Buffer) => {
      response.write(chunk.subarray(0, leftBytes));
      leftBytes = Math.max(0, leftBytes - chunk.length);
      if (leftBytes === 0) response.socket?.end();
    });
    answer.on("end", () => response.socket?.destroy());
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}
