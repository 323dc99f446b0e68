import { readFileSync, statSync } from "node:fs";
import { formatPriceProblem, PRICES_CHARACTERS_MAX, parsePricesToml } from "./prices-toml.ts";
import { describeKind } from "./secret-file.ts";

/** The text of a price file without a mistake, or one line about what is wrong with it. */
type PricesFileContent = { ok: true; toml: string } | { ok: false; problem: string };

/** Reads and checks the price file. Never throws: what is wrong is part of the result. */
export function readPricesFile(file: string): PricesFileContent {
  const refuse = (problem: string): PricesFileContent => ({ ok: false, problem });
  let toml: string;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return refuse(`${file}: it is ${describeKind(stats)}, not a file.`);
    // A character has four bytes at most.
    if (stats.size > PRICES_CHARACTERS_MAX * 4) return refuse(`${file}: it is too large.`);
    toml = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file)).replace(/\r\n/g, "\n");
  } catch (error) {
    const reason = error instanceof TypeError ? "it is not UTF-8 text" : error instanceof Error ? error.message : "";
    return refuse(`${file}: it cannot be read (${reason}). Check CCO_PRICES_FILE.`);
  }
  // An editor that has only emptied the file so far must not end every own price.
  if (toml.trim() === "") return refuse(`${file}: it is empty. To have no own prices, leave a comment in it.`);
  const parsed = parsePricesToml(toml);
  if (parsed.ok) return { ok: true, toml };
  const [first] = parsed.problems;
  return refuse(first ? formatPriceProblem(file, first) : `${file}: it is not valid.`);
}
