import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { list, record } from "#core/untyped-json.ts";
import { refusalOfStatus, sendRefusal } from "./errors.ts";

interface Stored {
  id: string;
  type: string;
  content: Buffer;
  requests: number;
}

/** Batches and files, just real enough to prove that a gateway passes them through untouched. */
export class SideApis {
  private readonly things = new Map<string, Stored>();
  private number = 0;

  /** Answers and returns true when the path belongs to a side API. */
  answer(req: IncomingMessage, res: ServerResponse, path: string, body: Buffer, requestId: string): boolean {
    const match = /^\/v1\/(messages\/batches|files)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
    if (match === null) return false;
    const [, kind = "", id, part] = match;
    const isFile = kind === "files";
    if (id === undefined) {
      if (req.method === "POST") json(res, this.shown(this.create(isFile, body)));
      else
        json(res, {
          data: [...this.things.values()]
            .filter((thing) => (thing.type === "file") === isFile)
            .map((thing) => this.shown(thing)),
          has_more: false,
          first_id: null,
          last_id: null,
        });
      return true;
    }
    const thing = this.things.get(id);
    if (thing === undefined) sendRefusal(res, { ...refusalOfStatus(404), message: `${id} was not found.` }, requestId);
    else if (part === "content") raw(res, thing.content, "application/octet-stream");
    else if (part === "results") raw(res, Buffer.from(resultLines(thing)), "application/x-jsonl");
    else if (req.method === "DELETE") {
      this.things.delete(id);
      json(res, { id, type: `${thing.type}_deleted` });
    } else json(res, this.shown(thing, part === "cancel"));
    return true;
  }

  private create(isFile: boolean, body: Buffer): Stored {
    this.number += 1;
    const id = `${isFile ? "file" : "msgbatch"}_mock${String(this.number).padStart(6, "0")}`;
    const requests = isFile ? 0 : list(parsed(body).requests).length;
    const thing = { id, type: isFile ? "file" : "message_batch", content: body, requests };
    this.things.set(id, thing);
    return thing;
  }

  private shown(thing: Stored, isCancelled = false) {
    const sha256 = createHash("sha256").update(thing.content).digest("hex");
    const common = { id: thing.id, type: thing.type, created_at: "2026-11-22T12:00:00Z", mock_sha256: sha256 };
    if (thing.type === "file")
      return {
        ...common,
        filename: "upload",
        size_bytes: thing.content.length,
        mime_type: "application/octet-stream",
        downloadable: true,
      };
    return {
      ...common,
      processing_status: isCancelled ? "canceling" : "in_progress",
      request_counts: { processing: thing.requests, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      results_url: null,
    };
  }
}

const parsed = (body: Buffer) => {
  try {
    return record(JSON.parse(body.toString()));
  } catch {
    return {};
  }
};

const resultLines = (thing: Stored) =>
  Array.from({ length: thing.requests }, (_, index) =>
    JSON.stringify({ custom_id: `request-${index}`, result: { type: "succeeded" } }),
  )
    .join("\n")
    .concat("\n");

export function json(res: ServerResponse, value: unknown): void {
  raw(res, Buffer.from(JSON.stringify(value)), "application/json");
}

function raw(res: ServerResponse, body: Buffer, type: string): void {
  res.writeHead(200, { "content-type": type, "content-length": body.length });
  res.end(body);
}
