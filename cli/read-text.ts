import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

/**
 * Reads a file, or standard input for `-`. Standard input is read as a stream. A read of its descriptor fails with
 * EAGAIN where a pipe has nothing yet, or keeps the whole process waiting.
 */
export function readText(file: string): Promise<string> {
  return file === "-" ? text(process.stdin) : readFile(file, "utf8");
}

/** Names what `readText` reads in messages. */
export const nameSource = (file: string): string => (file === "-" ? "stdin" : file);

/** Reads the text of rules, prices or a report. A file that is not there ends each command that takes one alike. */
export async function readNamedText(file: string, kind: "rules" | "prices" | "report"): Promise<string> {
  try {
    return await readText(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? "unknown"})`;
    throw new CliError(
      exitCodes.invalidConfig,
      `${nameSource(file)} ${reason}`,
      `name a ${kind} file, or - for standard input`,
    );
  }
}
