import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";

/**
 * Reads a file, or standard input for `-`. Standard input is read as a stream. A read of its descriptor fails with
 * EAGAIN where a pipe has nothing yet, or keeps the whole process waiting.
 */
export function readText(file: string): Promise<string> {
  return file === "-" ? text(process.stdin) : readFile(file, "utf8");
}
