import type { TomlNode } from "./toml-cursor.ts";
import { formatTomlLiteral } from "./toml-literal.ts";
import type { Span } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";

/** One replacement in a text by offsets; `to` is exclusive. */
export interface TextChange {
  from: number;
  to: number;
  insert: string;
}

/** A key or a text in quotation marks, with the keys beside it. */
interface Found {
  node: TomlNode;
  isKey: boolean;
  siblings: ReadonlyMap<string, TomlNode>;
}

/**
 * Prepares replacing names in a TOML text. The result takes the span of a name, which is a text in quotation marks or a
 * key, and gives the changes that write another name there, with quotation marks where TOML needs them. A key is changed
 * wherever it stands, in every header and dotted key; dots without quotation marks may cut the name into several keys.
 * Null where nothing but the name could not be changed: no name has this span, or the table has the other name already.
 */
export function nameReplacer(text: string): (span: Span, name: string) => TextChange[] | null {
  const scan = scanToml(text);
  if (!scan.ok) return () => null;
  const starts = findStarts(text, scan.root);
  return (span, name) => {
    const found = starts.get(span.start);
    if (found === undefined) return null;
    if (!found.isKey) return found.node.value.end === span.end ? [writeValue(text, span, name)] : null;
    const places = found.siblings.has(name) ? null : findPlaces(found.node, span);
    return places === null ? null : places.map((place) => writeKey(text, place, name));
  };
}

/** Finds every key and every text of a document by the offset where it first begins. */
function findStarts(text: string, root: TomlNode): Map<number, Found> {
  const starts = new Map<number, Found>();
  const nowhere: ReadonlyMap<string, TomlNode> = new Map();
  // Dotted keys may be nested deeper than calls can be.
  const open: { node: TomlNode; siblings: ReadonlyMap<string, TomlNode> }[] = [{ node: root, siblings: nowhere }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, siblings } = next;
    const [name] = node.names;
    if (name !== undefined) starts.set(name.start, { node, isKey: true, siblings });
    if (node.kind === "scalar" && /["']/.test(text.charAt(node.value.start)))
      starts.set(node.value.start, { node, isKey: false, siblings });
    for (const child of node.children?.values() ?? []) open.push({ node: child, siblings: node.children ?? nowhere });
    for (const item of node.items ?? []) open.push({ node: item, siblings: nowhere });
  }
  return starts;
}

/** Finds every place of the key that this span is the first one of. Null when the span is no whole key. */
function findPlaces(node: TomlNode, { end }: Span): Span[] | null {
  let places = node.names;
  for (let inner = node; (places[0]?.end ?? end) < end; ) {
    const [child, ...others] = inner.children?.values() ?? [];
    if (child === undefined || others.length > 0 || child.names.length !== places.length) return null;
    if (places.some(({ keyStart }, at) => child.names[at]?.keyStart !== keyStart)) return null;
    places = places.map((place, at) => ({ ...place, end: child.names[at]?.end ?? place.end }));
    inner = child;
  }
  return places[0]?.end === end ? places : null;
}

const writeValue = (text: string, { start, end }: Span, name: string): TextChange => ({
  from: start,
  to: end,
  insert: quoteLike(text.charAt(start), name),
});

function writeKey(text: string, { start, end }: Span, name: string): TextChange {
  const mark = text.charAt(start);
  const isBare = mark !== '"' && mark !== "'" && /^[A-Za-z0-9_-]+$/.test(name);
  return { from: start, to: end, insert: isBare ? name : quoteLike(mark, name) };
}

/** Quotes as at the place before, where such marks can hold the name. */
const quoteLike = (mark: string, name: string): string =>
  mark === "'" && !/['\p{Cc}]/u.test(name) ? `'${name}'` : formatTomlLiteral(name);
