import type { RuleForm } from "#core/rules/rule-set.ts";
import type { TomlNode } from "./toml-cursor.ts";
import type { Span } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";

/** Location of a rule inside the text. */
export interface LocatedEntry {
  form: RuleForm;
  node: TomlNode;
  /** Span that moves with the rule; null when it cannot be moved as one piece. */
  block: Span | null;
}

export interface RuleSpans {
  /** In evaluation order. */
  entries: readonly LocatedEntry[];
}

/** Locates each rule of a text; null when the text is not TOML. */
export function locateRules(text: string): RuleSpans | null {
  const scan = scanToml(text);
  if (!scan.ok) return null;
  const { children } = scan.root;
  const headers = listHeaders(scan.root).sort((a, b) => a - b);
  const tables = children?.get("rule")?.items ?? [];
  const perModel = children?.get("per_model_rules")?.children?.values() ?? [];
  const pairs = children?.get("overrides")?.children?.get("rules")?.items ?? [];
  return {
    entries: [
      ...tables.map((node) => ({ form: "rule" as const, node, block: tableBlock(text, node, headers) })),
      ...[...perModel].map((node) => ({ form: "per-model" as const, node, block: entrySpan(node) })),
      ...pairs.map((node) => ({ form: "pair" as const, node, block: node.value })),
    ],
  };
}

const entrySpan = ({ kind, key, value }: TomlNode): Span | null =>
  kind === "inline" && key ? { start: key.start, end: value.end } : null;

/**
 * Span of a table, from the comments directly above its header. It ends at those above the next header that is not its
 * own.
 */
function tableBlock(text: string, node: TomlNode, headers: readonly number[]): Span {
  if (node.kind !== "table") return node.value;
  const own = new Set(listHeaders(node));
  const next = headers.find((start) => start > node.value.start && !own.has(start));
  return {
    start: withCommentsAbove(text, node.value.start),
    end: next === undefined ? text.length : withCommentsAbove(text, next),
  };
}

function withCommentsAbove(text: string, headerStart: number): number {
  let start = text.lastIndexOf("\n", headerStart - 1) + 1;
  while (start > 0) {
    const above = text.lastIndexOf("\n", start - 2) + 1;
    if (!text.slice(above, start).trimStart().startsWith("#")) break;
    start = above;
  }
  return start;
}

/** Offsets of the headers of a table and of everything below it. */
function listHeaders(node: TomlNode): number[] {
  const below = [...(node.children?.values() ?? []), ...(node.items ?? [])].filter(
    ({ kind }) => kind === "table" || kind === "tables",
  );
  return below.flatMap((child) => [
    ...(child.kind === "table" && child.isDefined ? [child.value.start] : []),
    ...listHeaders(child),
  ]);
}
