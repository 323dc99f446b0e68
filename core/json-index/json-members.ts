import type { Field, Span } from "./json-scan.ts";

/** Changes to members of an object, by name: another value (as JSON text), or null to remove it. */
type MemberChanges = ReadonlyMap<string, string | null>;

interface MemberEdit extends Span {
  text: string;
  name: string;
}

/**
 * Computes the smallest spans that change, remove and add members of the object whose brace opens at `open`. Members
 * that are not named stay byte for byte, spacing included; new members come last. The spans are in order and do not
 * overlap.
 */
export function memberEdits(open: number, members: readonly Field[], changes: MemberChanges): MemberEdit[] {
  const edits: MemberEdit[] = [];
  let lastKept: Field | null = null;
  for (let position = 0; position < members.length; position++) {
    const member = members[position] as Field;
    const text = changes.get(member.name);
    if (text === null) edits.push(removal(members, position, lastKept !== null));
    else lastKept = member;
    if (typeof text === "string") edits.push({ start: member.start, end: member.end, text, name: member.name });
  }
  const at = lastKept?.end ?? members[0]?.keyStart ?? open + 1;
  addTo(edits, at, lastKept !== null, members, changes);
  return edits.length < 2 ? edits : edits.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Removes a member with its comma: the one in front when a member stays before it, else the one behind. */
function removal(members: readonly Field[], position: number, hasKeptBefore: boolean): MemberEdit {
  const member = members[position] as Field;
  const { name } = member;
  if (hasKeptBefore) return { start: (members[position - 1] as Field).end, end: member.end, text: "", name };
  return { start: member.keyStart, end: members[position + 1]?.keyStart ?? member.end, text: "", name };
}

function addTo(
  edits: MemberEdit[],
  at: number,
  isAfterOther: boolean,
  members: readonly Field[],
  changes: MemberChanges,
): void {
  let needsComma = isAfterOther;
  for (const [name, text] of changes) {
    if (text === null || members.some((member) => member.name === name)) continue;
    edits.push({ start: at, end: at, text: `${needsComma ? "," : ""}${JSON.stringify(name)}:${text}`, name });
    needsComma = true;
  }
}
