import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type BatchesOptions, MockBatches } from "./batches.ts";
import { refusalOfStatus, sendRefusal } from "./errors.ts";
import { json, sendBytes } from "./send-json.ts";

interface StoredFile {
  id: string;
  content: Buffer;
}

/** Batches and files of the fake provider. Files are just real enough to prove that they pass untouched. */
export class SideApis {
  private readonly batches: MockBatches;
  private readonly files = new Map<string, StoredFile>();
  private number = 0;

  constructor(options: BatchesOptions) {
    this.batches = new MockBatches(options);
  }

  /** Answers and returns true when the path belongs to a side API. */
  answer(req: IncomingMessage, res: ServerResponse, path: string, body: Buffer, requestId: string): boolean {
    const match = /^\/v1\/(messages\/batches|files)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
    if (match === null) return false;
    const [, kind = "", id, part] = match;
    if (kind === "files") this.answerFiles({ req, res, body, requestId }, id, part);
    else this.batches.answer({ req, res, body, requestId }, id, part);
    return true;
  }

  private answerFiles(
    { req, res, body, requestId }: { req: IncomingMessage; res: ServerResponse; body: Buffer; requestId: string },
    id: string | undefined,
    part: string | undefined,
  ): void {
    if (id === undefined) {
      const data = [...this.files.values()].map(shown);
      if (req.method === "POST") json(res, shown(this.create(body)));
      else json(res, { data, has_more: false, first_id: null, last_id: null });
      return;
    }
    const file = this.files.get(id);
    if (file === undefined) sendRefusal(res, { ...refusalOfStatus(404), message: `${id} was not found.` }, requestId);
    else if (part === "content") sendBytes(res, file.content, "application/octet-stream");
    else if (req.method === "DELETE") {
      this.files.delete(id);
      json(res, { id, type: "file_deleted" });
    } else json(res, shown(file));
  }

  private create(content: Buffer): StoredFile {
    this.number += 1;
    const file = { id: `file_mock${String(this.number).padStart(6, "0")}`, content };
    this.files.set(file.id, file);
    return file;
  }
}

const shown = ({ id, content }: StoredFile) => ({
  id,
  type: "file",
  created_at: "2026-11-22T12:00:00Z",
  mock_sha256: createHash("sha256").update(content).digest("hex"),
  filename: "upload",
  size_bytes: content.length,
  mime_type: "application/octet-stream",
  downloadable: true,
});
