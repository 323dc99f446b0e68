import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse, TomlError } from "smol-toml";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { modelKey } from "#core/costs/model-key.ts";
import { toCatalogue } from "./models-catalogue.ts";
import { type ModelsFile, modelsFile } from "./models-schema.ts";
import { describeKind } from "./secret-file.ts";
import type { ShapeProblem } from "./shape.ts";
import { lineOfPath, type TomlPath } from "./toml-line.ts";

/** Error in a settings file that CCO cannot work with: file, line, cause and fix in one line. */
export class ConfigError extends Error {
  readonly file: string;
  /** 1-based; null when the error concerns the file itself. */
  readonly line: number | null;
  readonly fix: string | null;

  constructor(at: { file: string; line: number | null }, problem: string, fix: string | null = null) {
    super(`${at.file}${at.line === null ? "" : `:${at.line}`}: ${problem}${fix === null ? "" : ` ${fix}`}`);
    this.name = "ConfigError";
    this.file = at.file;
    this.line = at.line;
    this.fix = fix;
  }
}

const usualName = path.join("config", "models.toml");

/** Reads the text of the catalogue in use, for a backup; null where it cannot be read. */
export function readModelsText(file: string = shippedFile()): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/**
 * Loads the catalogue from a file, by default the one shipped with CCO. Throws a ConfigError that names file, line
 * and fix.
 */
export function loadCatalogue(file: string = shippedFile()): Catalogue {
  let text: string;
  try {
    // Reading a FIFO or a terminal would hold up the start.
    const stats = statSync(file);
    if (!stats.isFile()) throw new Error(`it is ${describeKind(stats)}, not a file`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      { file, line: null },
      `The model catalogue cannot be read (${reason}).`,
      "Check CCO_MODELS_FILE.",
    );
  }
  return parseModelsToml(text, file);
}

/**
 * Parses the text of `models.toml`. Throws a ConfigError with the first problem; a returned catalogue is consistent.
 */
export function parseModelsToml(text: string, file: string = usualName): Catalogue {
  const document = parseToml(text, file);
  const problems: ShapeProblem[] = [];
  const read = modelsFile.read(document, [], problems);
  // A misspelt key comes first: a missing one is only its consequence.
  const problem = problems.find(({ kind }) => kind === "unknown-key") ?? problems[0];
  if (problem !== undefined) throw shapeError(problem, document, text, file);
  const trouble = firstContradiction(read);
  if (trouble) throw new ConfigError({ file, line: lineOfPath(text, trouble.at) }, trouble.problem, trouble.fix);
  return toCatalogue(read);
}

function shapeError({ path: at, message, kind }: ShapeProblem, document: unknown, text: string, file: string) {
  const place = { file, line: lineOfPath(text, at) };
  const name = formatPath(at, document);
  if (kind === "unknown-key")
    return new ConfigError(place, `${name} is not a key of this file.`, "Check the spelling.");
  if (kind === "missing") return new ConfigError(place, `${name} is missing.`, `It ${message}`);
  return new ConfigError(place, `${name} ${message}`);
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.split("\n");
    throw new ConfigError({ file, line: error.line }, `${reason}.`, `Look at column ${error.column}.`);
  }
}

interface Trouble {
  at: TomlPath;
  problem: string;
  fix: string;
}

function firstContradiction(file: ModelsFile): Trouble | null {
  return repeatedSpelling(file) ?? periodsOutOfOrder(file) ?? twoAnswersOnFastMode(file) ?? unknownClientAlias(file);
}

/** Finds two models with the same key: a request would be priced by the last of them. */
function repeatedSpelling(file: ModelsFile): Trouble | null {
  const owners = new Map<string, string>();
  for (const [index, model] of file.model.entries()) {
    for (const spelling of [model.id, ...model.aliases]) {
      const key = modelKey(spelling).toLowerCase();
      const owner = owners.get(key);
      if (owner !== undefined && owner !== model.id) {
        const problem = `"${spelling}" of ${model.id} means ${owner} already.`;
        return {
          at: ["model", index, spelling === model.id ? "id" : "aliases"],
          problem,
          fix: "Keep it in one of the two.",
        };
      }
      if (owner !== undefined && spelling === model.id) {
        return {
          at: ["model", index, "id"],
          problem: `${model.id} is listed twice.`,
          fix: "Remove one of the two tables.",
        };
      }
      owners.set(key, model.id);
    }
  }
  return null;
}

function periodsOutOfOrder(file: ModelsFile): Trouble | null {
  for (const [index, model] of file.model.entries()) {
    for (const [position, period] of model.prices.entries()) {
      const before = model.prices[position - 1];
      if (before === undefined || (period.from !== undefined && period.from > (before.from ?? ""))) continue;
      const at = ["model", index, "prices", position];
      return {
        at,
        problem: `The price periods of ${model.id} are not in order.`,
        fix: "Give each later period a later `from`.",
      };
    }
  }
  return null;
}

function twoAnswersOnFastMode(file: ModelsFile): Trouble | null {
  const index = file.model.findIndex(
    (model) => model.fast_mode !== undefined && model.fast_mode_unsupported !== undefined,
  );
  const model = file.model[index];
  if (model === undefined) return null;
  const problem = `${model.id} has fast mode prices and says fast mode is "${model.fast_mode_unsupported}".`;
  return { at: ["model", index, "fast_mode_unsupported"], problem, fix: "Remove one of the two keys." };
}

function unknownClientAlias(file: ModelsFile): Trouble | null {
  const ids = new Set(file.model.map((model) => model.id));
  for (const [index, client] of file.client_aliases.entries()) {
    for (const [alias, id] of Object.entries(client.aliases)) {
      if (ids.has(id)) continue;
      const problem = `The alias "${alias}" of client ${client.client_version} names "${id}", which is not listed.`;
      return { at: ["client_aliases", index, "aliases"], problem, fix: "Use the id of a [[model]] table." };
    }
  }
  return null;
}

/** Formats a path such as "claude-haiku-5-5: prices[1].input": models by their id, positions counted from one. */
function formatPath(at: TomlPath, document: unknown): string {
  const id = at[0] === "model" && at.length > 2 ? valueAt(document, ["model", at[1] ?? 0, "id"]) : undefined;
  const steps = typeof id === "string" ? at.slice(2) : at;
  const name = steps.map((step) => (typeof step === "number" ? `[${step + 1}]` : `.${String(step)}`)).join("");
  if (name === "") return "The file";
  return `${typeof id === "string" ? `${id}: ` : ""}${name.replace(/^\./, "")}`;
}

function valueAt(document: unknown, at: TomlPath): unknown {
  let value = document;
  for (const step of at) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/**
 * Finds the shipped file beside the code, else under the cwd. The code runs from sources, from a bundle in `dist/` or
 * inside Next.
 */
function shippedFile(): string {
  const starts = [
    import.meta.url.startsWith("file:") ? path.dirname(fileURLToPath(import.meta.url)) : null,
    process.cwd(),
  ];
  for (const start of starts) {
    for (let folder = start; folder !== null; folder = path.dirname(folder) === folder ? null : path.dirname(folder)) {
      const candidate = path.join(folder, usualName);
      if (existsSync(candidate)) return candidate;
    }
  }
  return usualName;
}
