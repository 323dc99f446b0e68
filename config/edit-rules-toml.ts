import type { Result } from "#core/result.ts";
import { err, ok } from "#core/result.ts";
import type { RuleForm } from "#core/rules/rule-set.ts";
import { type LocatedEntry, locateRules, type RuleSpans } from "./locate-rules.ts";
import type { TomlNode } from "./toml-cursor.ts";
import type { Span } from "./toml-mistake.ts";

/** Value of a rule key: a list or table is written on one line. */
type RuleValue = string | number | boolean | readonly string[] | { readonly [key: string]: RuleValue };

/** `index` counts rules in evaluation order, as `RuleSet.rules` does. */
export type RuleEdit =
  | {
      kind: "set";
      index: number;
      key: "to" | "from" | "enabled" | "percentage" | "note" | "fallback" | "when";
      value: RuleValue;
    }
  | { kind: "unset"; index: number; key: "percentage" | "note" | "fallback" | "enabled" | "when" }
  | { kind: "move"; index: number; toIndex: number }
  | { kind: "remove"; index: number }
  | { kind: "add"; fields: { readonly [key: string]: RuleValue } };

/**
 * Changes one rule inside the text and nothing else: every comment and blank line stays. A comment directly above a
 * `[[rule]]` moves with it. Returns a refusal, one sentence, when the rule's form cannot express the edit.
 */
export function editRulesToml(text: string, edit: RuleEdit): Result<string, string> {
  const places = locateRules(text);
  if (places === null) return err("The text has an error: fix it first.");
  if (edit.kind === "add") return ok(addRule(text, places, edit.fields));
  const entry = places.entries[edit.index];
  if (!entry) return err(`There is no rule ${edit.index + 1}.`);
  if (edit.kind === "set") return setKey(text, entry, edit.key, edit.value);
  if (edit.kind === "unset") return unsetKey(text, entry, edit.key);
  if (edit.kind === "remove") return ok(cut(text, removable(text, entry)));
  return move(text, places, edit.index, edit.toIndex);
}

/** Formats a value as TOML on one line. */
export function tomlLiteral(value: RuleValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item: string) => quoted(item)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${tomlKey(key)} = ${tomlLiteral(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

const quoted = (text: string): string =>
  // JSON leaves DEL as it is; TOML requires an escape.
  JSON.stringify(text).replaceAll("\u007f", "\\u007f");

const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key));

const splice = (text: string, { start, end }: Span, put: string): string =>
  text.slice(0, start) + put + text.slice(end);
const cut = (text: string, span: Span): string => splice(text, span, "");
const findEol = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

const PAIR_KEYS = ["from", "to"];

function setKey(text: string, entry: LocatedEntry, key: string, value: RuleValue): Result<string, string> {
  if (entry.form === "pair") {
    const item = entry.node.items?.[PAIR_KEYS.indexOf(key)];
    if (!item) return err(`A pair cannot hold ${key}: write the rule as a [[rule]] table.`);
    return ok(splice(text, item.value, tomlLiteral(value)));
  }
  if (entry.form === "per-model" && key === "from") {
    return entry.node.key && typeof value === "string" && entry.node.kind === "inline"
      ? ok(splice(text, entry.node.key, quoted(value)))
      : err("This name is part of a header: change it in the file.");
  }
  const name = nameInFile(entry, key);
  return setKeyOfTable(text, entry.node, name, value);
}

/** Sets one key of a table in any of its forms, or adds it behind the others. */
function setKeyOfTable(text: string, node: TomlNode, name: string, value: RuleValue): Result<string, string> {
  const known = node.children?.get(name);
  if (known?.kind === "table") return err(`${name} is a separate table: change it in the file.`);
  if (known) return ok(splice(text, known.value, tomlLiteral(value)));
  return ok(insertKey(text, node, `${name} = ${tomlLiteral(value)}`));
}

const nameInFile = ({ form }: LocatedEntry, key: string): string =>
  form === "per-model" && key === "to" ? "override_to" : key;

function insertKey(text: string, node: TomlNode, assignment: string): string {
  const last = [...(node.children?.values() ?? [])].filter((child) => child.kind !== "table").at(-1);
  if (node.kind === "inline") {
    const at = last?.value.end ?? node.value.start + 1;
    return splice(text, { start: at, end: at }, last ? `, ${assignment}` : ` ${assignment} `);
  }
  const at = endOfLine(text, last?.value.end ?? node.value.end);
  return splice(text, { start: at, end: at }, `${findEol(text)}${assignment}`);
}

function unsetKey(text: string, { node, form }: LocatedEntry, key: string): Result<string, string> {
  const child = form === "pair" ? undefined : node.children?.get(key);
  if (!child?.key) return ok(text);
  if (child.kind === "table") return err(`${key} is a separate table: change it in the file.`);
  const span = { start: child.key.start, end: child.value.end };
  return ok(cut(text, node.kind === "inline" ? withComma(text, span) : wholeLines(text, span)));
}

/**
 * Shifts the blocks between the two positions by one; text between the blocks stays, so other sections may lie
 * between.
 */
function move(text: string, { entries }: RuleSpans, index: number, toIndex: number): Result<string, string> {
  const [moved, target] = [entries[index], entries[toIndex]];
  if (!moved || !target) return err(`There is no position ${toIndex + 1}.`);
  if (moved.form !== target.form)
    return err(
      `${formNames[moved.form]} are evaluated before or after ${formNames[target.form]}: a rule can move only among rules of its form.`,
    );
  const order = entries.map((_, i) => i);
  order.splice(toIndex, 0, ...order.splice(index, 1));
  if (entries.slice(Math.min(index, toIndex), Math.max(index, toIndex) + 1).some((entry) => entry.block === null)) {
    return err("These rules are separate tables: move them in the file.");
  }
  let result = text;
  // From the end, so that earlier offsets stay valid.
  for (let place = entries.length - 1; place >= 0; place--) {
    const slot = entries[place]?.block;
    const source = entries[order[place] ?? place]?.block;
    if (!slot || !source || slot === source) continue;
    const content = text.slice(source.start, source.end);
    const isBlock = moved.form === "rule";
    result = splice(
      result,
      slot,
      isBlock ? sameEnding(content, text.slice(slot.start, slot.end), findEol(text)) : content,
    );
  }
  return ok(result);
}

const formNames: Record<RuleForm, string> = {
  rule: "[[rule]] tables",
  "per-model": "entries of [per_model_rules]",
  pair: "pairs",
};

/** Gives a block the trailing blank lines of the block it replaces. */
const sameEnding = (content: string, replaced: string, eol: string): string =>
  content.trimEnd() + (/\s*$/.exec(replaced)?.[0] || eol);

function removable(text: string, { form, block, node }: LocatedEntry): Span {
  if (form === "rule" && block && node.kind === "table") return block;
  const span = { start: (node.key ?? node.value).start, end: node.value.end };
  return form === "per-model" ? wholeLines(text, span) : withComma(text, node.value);
}

/**
 * Extends a span by the comma behind it, else the one before it. It also takes in the line when nothing else is on it.
 */
function withComma(text: string, { start, end }: Span): Span {
  const behind = /^[ \t]*,/.exec(text.slice(end, end + 200));
  const before = behind ? null : /,[ \t]*$/.exec(text.slice(Math.max(0, start - 200), start));
  const span = { start: start - (before?.[0].length ?? 0), end: end + (behind?.[0].length ?? 0) };
  const lines = wholeLines(text, span);
  const rest = text.slice(lines.start, span.start) + text.slice(span.end, lines.end);
  if (rest.trim() === "" || rest.trimStart().startsWith("#")) return lines;
  return behind && text[span.end] === " " ? { ...span, end: span.end + 1 } : span;
}

function wholeLines(text: string, { start, end }: Span): Span {
  const newline = text.indexOf("\n", end);
  return { start: text.lastIndexOf("\n", start - 1) + 1, end: newline === -1 ? text.length : newline + 1 };
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  const end = newline === -1 ? text.length : newline;
  return text[end - 1] === "\r" ? end - 1 : end;
}

/** Adds a rule after the last `[[rule]]`, else at the end of the text. It is evaluated before pairs in any position. */
function addRule(text: string, { entries }: RuleSpans, fields: { readonly [key: string]: RuleValue }): string {
  const eol = findEol(text);
  const lines = [
    "[[rule]]",
    ...Object.entries(fields).map(([key, value]) => `${tomlKey(key)} = ${tomlLiteral(value)}`),
  ];
  const last = entries.filter((entry) => entry.form === "rule" && entry.node.kind === "table").at(-1)?.block;
  const at = last?.end ?? text.length;
  const before = text.slice(0, at).trimEnd();
  const after = text.slice(at);
  return `${before}${before === "" ? "" : eol + eol}${lines.join(eol)}${eol}${after === "" ? "" : eol + after}`;
}
