import { createReadStream } from "node:fs";
import { AppError } from "#core/errors.ts";
import type { ArchiveSource } from "./storage.ts";

/** An archive that lies on this machine. */
export const fileSource = (file: string): ArchiveSource => ({
  name: file,
  open: async () => createReadStream(file),
  toRefusal: (error) => {
    if (!(error instanceof Error && "syscall" in error && "code" in error)) return null;
    const text = `${file} cannot be read (${error.code}). cco backup list shows the backups.`;
    return new AppError("not-found", { file }, text);
  },
});
