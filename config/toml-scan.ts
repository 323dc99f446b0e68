import { type NameSpan, slashComment, TomlCursor, type TomlNode } from "./toml-cursor.ts";
import { type Span, TomlMistake } from "./toml-mistake.ts";
import { duplicate, readEntry } from "./toml-value.ts";

type TomlScan = { ok: true; root: TomlNode } | { ok: false; mistake: TomlMistake };

/**
 * Locates every table, key and value of a TOML text, or reports the first error in our own words. It checks syntax
 * only: the reader of values (smol-toml) decides what is valid.
 */
export function scanToml(text: string): TomlScan {
  const cursor = new TomlCursor(text);
  const root: TomlNode = emptyTable({ start: 0, end: 0 }, true);
  let table = root;
  try {
    for (cursor.skipBlank(); !cursor.isAtEnd; cursor.skipBlank()) {
      refuseForeignLine(cursor);
      if (cursor.char === "[") table = readHeader(cursor, root);
      else {
        readEntry(cursor, ensureChildren(table), 1);
        cursor.expectLineEnd("The value");
      }
    }
    return { ok: true, root };
  } catch (error) {
    if (error instanceof TomlMistake) return { ok: false, mistake: error };
    throw error;
  }
}

const emptyTable = (span: Span, isDefined: boolean): TomlNode => ({
  kind: "table",
  key: span,
  names: [],
  value: span,
  children: null,
  items: null,
  isDefined,
});

function ensureChildren(node: TomlNode): Map<string, TomlNode> {
  node.children ??= new Map();
  return node.children;
}

/** Refuses lines of other formats: foreign comment signs, and conflict markers of a merge. */
function refuseForeignLine(cursor: TomlCursor): void {
  const span = cursor.span(cursor.at, cursor.lineEnd());
  if (cursor.startsWith("//") || cursor.startsWith("/*")) throw slashComment(span);
  if (cursor.peek(/(?:<{7}|={7}|>{7})(?=\s|$)/y) !== null) {
    throw new TomlMistake(
      "merge-conflict",
      span,
      "This is a merge conflict marker: keep one side and remove the markers.",
    );
  }
}

function readHeader(cursor: TomlCursor, root: TomlNode): TomlNode {
  const start = cursor.at;
  const isArray = cursor.startsWith("[[");
  cursor.at += isArray ? 2 : 1;
  cursor.skipSpaces();
  const { names, spans, span } = cursor.readKey();
  cursor.skipSpaces();
  const close = isArray ? "]]" : "]";
  if (!cursor.startsWith(close)) {
    const end = cursor.char === "]" ? cursor.at + 1 : span.end;
    const name = cursor.text.slice(span.start, span.end);
    const fix = `${isArray ? "[[" : "["}${name}${close}`;
    throw new TomlMistake("open-header", { start: end, end: end + 1 }, `A ] is missing here: write ${fix}`, fix);
  }
  cursor.at += close.length;
  const header = cursor.span(start);
  cursor.expectLineEnd("The header");
  return (isArray ? openArrayTable : openTable)(cursor, root, { names, spans, span: header });
}

/** A header with its names and their spans. */
interface Header {
  names: readonly string[];
  spans: readonly NameSpan[];
  span: Span;
}

function openTable(cursor: TomlCursor, root: TomlNode, { names, spans, span: header }: Header): TomlNode {
  const last = names.at(-1) ?? "";
  const parent = ensureChildren(walkToParent(cursor, root, { names, spans, span: header }));
  const known = parent.get(last);
  if (known && (known.kind !== "table" || known.isDefined))
    throw duplicate(cursor, header, `[${names.join(".")}]`, known);
  const table = known ?? emptyTable(header, true);
  table.isDefined = true;
  table.key = header;
  table.value = header;
  table.names.push(...spans.slice(-1));
  parent.set(last, table);
  return table;
}

function openArrayTable(cursor: TomlCursor, root: TomlNode, { names, spans, span: header }: Header): TomlNode {
  const last = names.at(-1) ?? "";
  const parent = ensureChildren(walkToParent(cursor, root, { names, spans, span: header }));
  const known = parent.get(last);
  if (known && known.kind !== "tables") throw duplicate(cursor, header, `[[${names.join(".")}]]`, known);
  const list = known ?? { ...emptyTable(header, true), kind: "tables" as const };
  list.items ??= [];
  list.names.push(...spans.slice(-1));
  parent.set(last, list);
  const table = emptyTable(header, true);
  list.items.push(table);
  return table;
}

/** Walks to the table around that of a header and creates missing ones. A list of tables stands for its last one. */
function walkToParent(cursor: TomlCursor, root: TomlNode, { names, spans, span: header }: Header): TomlNode {
  let node = root;
  for (const [at, name] of names.slice(0, -1).entries()) {
    const children = ensureChildren(node);
    const known = children.get(name);
    if (known && known.kind !== "table" && known.kind !== "tables") throw duplicate(cursor, header, name, known);
    const next = known ?? emptyTable(header, false);
    next.names.push(...spans.slice(at, at + 1));
    children.set(name, next);
    node = next.kind === "tables" ? (next.items?.at(-1) ?? next) : next;
  }
  return node;
}
