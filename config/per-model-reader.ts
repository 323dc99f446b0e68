import { shorten } from "#core/report/shorten.ts";
import { nearest } from "#core/rules/nearest.ts";
import { CONDITION_KEYS } from "./condition-reader.ts";
import { checkModel, refusePattern, requiredModel } from "./model-name-reader.ts";
import { finishRule, type LocatedRule, type RuleProblems } from "./rule-reader.ts";
import { isTable, joinTables, type Located, TableReader, typeName } from "./table-reader.ts";
import type { Span } from "./toml-mistake.ts";
import { TOML_DEPTH_MAX } from "./toml-value.ts";

/** One entry of `[per_model_rules]` as it stands in the text. */
interface PerModelEntry {
  model: string;
  /** Whether dots without quotation marks cut the model's name into the keys of nested tables. */
  isCut: boolean;
  placed: Located;
  reader: TableReader;
  /** Header or key of the entry. */
  keySpan: Span;
  /** The model's name in it. */
  nameSpan: Span;
}

/** Keys by which the table of an entry is recognised: those apart that a table of conditions may have, too. */
const ENTRY_KEYS: readonly string[] = [
  "override_to",
  "id",
  "note",
  "enabled",
  "percentage",
  "fallback",
  "cache",
  "safeguards",
  "fast_mode",
];
const KNOWN_KEYS: readonly string[] = [...ENTRY_KEYS, "time_window", "when", ...CONDITION_KEYS];

/** Finds the entries of the section, in the order of the text, also those whose names are cut. */
export function findPerModelEntries(section: TableReader): PerModelEntry[] {
  return section.keys.flatMap((model) => {
    const placed = section.get(model);
    if (placed === undefined) return [];
    const reader = TableReader.of(joinTables(placed) ?? placed, section.list);
    const spans = { keySpan: section.keySpan(model), nameSpan: section.nameSpan(model) };
    return withCutEntries({ model, isCut: false, placed, reader, ...spans }, reader, 1);
  });
}

/**
 * An entry and those whose names begin with its name and a dot. A table that holds nothing but such is no entry, and one that
 * says which model serves is nothing else: what else it holds is not read, as ever, and a file with it stays valid. `first`
 * is the table of the first part of the name.
 */
function withCutEntries(entry: PerModelEntry, first: TableReader, depth: number): PerModelEntry[] {
  const { reader } = entry;
  const isWhole = reader.peek("override_to") !== undefined;
  const parts = isWhole ? [] : reader.keys.filter((part) => isNamePart(reader, part, depth));
  const inner = parts.flatMap((part): PerModelEntry[] => {
    const placed = reader.get(part);
    if (placed === undefined) return [];
    const keySpan = reader.keySpan(part);
    const [place] = reader.joinedPlaces(part);
    const start = place && first.openOwnStorage(place.keyStart)?.start;
    const nameSpan = place === undefined || start === undefined ? keySpan : { start, end: place.end };
    const model = `${entry.model}.${part}`;
    const cut = { model, isCut: true, placed, reader: TableReader.of(placed, reader.list), keySpan, nameSpan };
    return withCutEntries(cut, first, depth + 1);
  });
  return parts.length > 0 && parts.length === reader.keys.length ? inner : [entry, ...inner];
}

/**
 * Whether a key of an entry is rather a part of its model's name. Such a key holds a table and is joined to the name by
 * a dot. It is a number or holds what an entry holds. A misspelt key that holds a table is none.
 */
function isNamePart(reader: TableReader, part: string, depth: number): boolean {
  const table = reader.peek(part);
  if (depth >= TOML_DEPTH_MAX || KNOWN_KEYS.includes(part) || !isTable(table)) return false;
  return (
    reader.joinedPlaces(part).length > 0 &&
    (/^\d/.test(part) || (nearest(part, KNOWN_KEYS) === null && holdsEntry(table, depth)))
  );
}

function holdsEntry(table: Readonly<Record<string, unknown>>, depth: number): boolean {
  return Object.entries(table).some(([key, value]) => {
    if (nearest(key, ENTRY_KEYS) !== null) return true;
    return depth < TOML_DEPTH_MAX && isTable(value) && !KNOWN_KEYS.includes(key) && holdsEntry(value, depth + 1);
  });
}

/** Reads one entry; null when it is too incomplete to be a rule. */
export function readPerModelRule(entry: PerModelEntry, zone: string, problems: RuleProblems): LocatedRule | null {
  const { model, placed, reader, keySpan, nameSpan } = entry;
  const { list } = problems;
  const isJoined = joinTables(placed) !== null;
  if (!isTable(placed.value)) {
    const message = `An entry is written "${shorten(model)}" = { override_to = "..." }, not as ${typeName(placed.value)}.`;
    list.add("error", placed.span, "bad-type", message);
  }
  if (!isTable(placed.value) && !isJoined) {
    problems.loneSources.push({ model, span: nameSpan });
    const { value, span } = placed;
    if (typeof value === "string" && value !== "") problems.loneTargets.push({ model: value, span });
    return null;
  }
  if (entry.isCut) {
    const name = `"${model}"`;
    const message = `A model name with a dot needs quotation marks: ${shorten(name)}.`;
    list.add("error", nameSpan, "key-needs-quotes", message, name);
  }
  checkModel(list, nameSpan, "The model", model);
  const to = requiredModel(reader, "override_to");
  if (to !== null) refusePattern(reader, "override_to", to);
  return finishRule(
    reader,
    { form: "per-model", from: model, to, fromSpan: nameSpan, toKey: "override_to", ruleSpan: keySpan },
    zone,
    problems,
  );
}
