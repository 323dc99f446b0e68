import process from "node:process";
import { formatLine, readSession } from "./format-line.ts";
import { keepUsage, keptUsage } from "./kept-usage.ts";
import { findSource, readUsage } from "./read-usage.ts";

/** Time for the server's answer, unless `CCO_STATUSLINE_TIMEOUT_MS` gives another. */
const ANSWER_WITHIN_MS = 300;
/** Standard input and output may take so much more. */
const BESIDE_MS = 100;
/** What Claude Code sends has a few kilobytes. */
const INPUT_LENGTH_MAX = 1_000_000;

/**
 * Prints the line for Claude Code's status line, from its JSON on standard input. When anything fails, it prints nothing and the
 * process ends with 0: an error would stand below the prompt of everyone who writes a program.
 */
export async function printStatusLine(): Promise<void> {
  const answerWithinMs = Number(process.env.CCO_STATUSLINE_TIMEOUT_MS) || ANSWER_WITHIN_MS;
  const deadline = setTimeout(() => process.exit(0), answerWithinMs + BESIDE_MS);
  try {
    const source = findSource(process.env);
    const session = source === null ? null : readSession(await readInput());
    if (source === null || session === null) return;
    const kept = keptUsage(source, session.id);
    const usage = kept === undefined ? await readUsage(source, session.id, answerWithinMs) : kept;
    if (kept === undefined) keepUsage(source, session.id, usage);
    if (usage !== null) await write(`${formatLine(session, usage)}\n`);
  } catch {
    // Silent, as promised.
  } finally {
    clearTimeout(deadline);
    process.stdin.destroy();
  }
}

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) return "";
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const piece of process.stdin) {
    text += piece;
    if (text.length > INPUT_LENGTH_MAX) return "";
  }
  return text;
}

const write = (text: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.on("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
