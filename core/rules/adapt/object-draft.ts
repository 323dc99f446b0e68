import { memberEdits } from "#core/json-index/json-members.ts";
import type { Field } from "#core/json-index/json-scan.ts";
import { objectAt } from "#core/json-index/json-walk.ts";
import { editBytes } from "#core/protocol/splice.ts";
import type { HazardCode } from "../hazards/code.ts";
import type { AdaptEdit } from "./adaptation.ts";

interface MemberChange {
  json: string | null;
  code: HazardCode;
  why: string;
}

/**
 * Maximum size of a "small" member that is read; no client sends longer ones. They are forwarded without inspection.
 */
const SMALL_BYTES_MAX = 16 * 1024;

const decoder = new TextDecoder();

/** One object of the body and the changes to its members. Reads return the original request. */
export class ObjectDraft {
  private readonly bytes: Uint8Array;
  private readonly open: number;
  readonly members: readonly Field[];
  private readonly changes = new Map<string, MemberChange>();

  constructor(bytes: Uint8Array, open: number, members: readonly Field[] = objectAt(bytes, open).members) {
    this.bytes = bytes;
    this.open = open;
    this.members = members;
  }

  /** Finds the last member of the name, as parsers do. */
  member(name: string): Field | undefined {
    for (let at = this.members.length - 1; at >= 0; at--) if (this.members[at]?.name === name) return this.members[at];
    return undefined;
  }

  has(name: string): boolean {
    return this.member(name) !== undefined;
  }

  /** Parses a small member; undefined when absent, long or not JSON in its details. */
  value(name: string): unknown {
    const member = this.member(name);
    if (member === undefined || member.end - member.start > SMALL_BYTES_MAX) return undefined;
    try {
      return JSON.parse(decoder.decode(this.bytes.subarray(member.start, member.end))) as unknown;
    } catch {
      return undefined; // the provider will report it
    }
  }

  text(name: string): string | null {
    const value = this.value(name);
    return typeof value === "string" ? value : null;
  }

  number(name: string): number | null {
    const value = this.value(name);
    return typeof value === "number" ? value : null;
  }

  set(name: string, value: string | number | object, code: HazardCode, why: string): void {
    this.changes.set(name, { json: JSON.stringify(value), code, why });
  }

  remove(name: string, code: HazardCode, why: string): void {
    if (this.has(name)) this.changes.set(name, { json: null, code, why });
  }

  isRemoved(name: string): boolean {
    return this.changes.get(name)?.json === null;
  }

  isChanged(name: string): boolean {
    return this.changes.has(name);
  }

  /** Returns the change that removed the last member; null while a member stays, or when there never was one. */
  emptiedBy(): MemberChange | null {
    const changes = [...this.changes.values()];
    const isEmpty = changes.every((change) => change.json === null);
    const allGone = this.members.every((member) => this.isRemoved(member.name));
    return isEmpty && allGone ? (changes.at(-1) ?? null) : null;
  }

  edits(): AdaptEdit[] {
    if (this.changes.size === 0) return [];
    const texts = new Map([...this.changes].map(([name, change]) => [name, change.json]));
    return memberEdits(this.open, this.members, texts).map(({ start, end, text, name }) => {
      const { code, why } = this.changes.get(name) as MemberChange;
      return { start, end, bytes: editBytes(text), code, why };
    });
  }
}
