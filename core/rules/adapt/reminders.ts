import { isTextAt, toAscii } from "#core/json-index/ascii.ts";
import type { Span } from "#core/json-index/json-scan.ts";
import { isArrayAt, isStringAt, rawText, spaceEnd } from "#core/json-index/json-walk.ts";
import { editBytes, joined, splice } from "#core/protocol/splice.ts";
import { type AdaptEdit, type Skip, skip } from "./adaptation.ts";
import type { Conversation, Message } from "./read-messages.ts";
import { readFirstType, systemTexts, type TextPiece } from "./system-texts.ts";

const OPENING = "<system-reminder>";
const OPENING_BYTES = toAscii(OPENING);
const decoder = new TextDecoder();

/**
 * E13: turns every system message into reminder blocks at the end of the user turn before it. The client itself does so
 * for models without them. Texts and cache markers stay in place, byte for byte: only the bytes between them are
 * replaced. A system message with no user turn before it becomes a separate user turn. The result for a message depends
 * on nothing behind it, so a longer history begins with the same bytes. `cuts` are further edits of single messages
 * (E12).
 */
export function buildReminders(
  bytes: Uint8Array,
  conversation: Conversation,
  cuts: ReadonlyMap<Message, AdaptEdit[]>,
): AdaptEdit[] | Skip {
  const writer = new ReminderWriter(bytes, conversation, cuts);
  let next = 0;
  for (const position of conversation.unusual) {
    // Of the turns in between only the last can receive reminders.
    if (position > next) writer.pass(conversation.at(position - 1) as Message);
    next = position + 1;
    const message = conversation.at(position) as Message;
    if (message.role !== "system") {
      writer.pass(message);
      continue;
    }
    const pieces = systemTexts(bytes, message);
    if (!Array.isArray(pieces)) return pieces;
    const problem = writer.move(message, position, pieces);
    if (problem !== null) return problem;
  }
  return writer.finish();
}

/** Writer of the turns in order; the open turn is the user turn that can still receive reminders. */
class ReminderWriter {
  private readonly edits: AdaptEdit[] = [];
  /** Last user message, while nothing but system messages followed it. */
  private host: Message | null = null;
  private hasKept = false;
  /** Empty system messages right behind the host: removed with the bytes that close it. */
  private dropped: Span | null = null;
  /** Open turn: reminders were written up to `from`; `tail` closes the turn and replaces all bytes up to `to`. */
  private open: { from: number; to: number; after: string; tail: string } | null = null;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly conversation: Conversation,
    private readonly cuts: ReadonlyMap<Message, AdaptEdit[]>,
  ) {}

  /** Handles a message that stays. */
  pass(message: Message): void {
    this.close();
    this.hasKept = true;
    this.host = message.role === "user" ? message : null;
    if (this.host === null) this.cut(message);
  }

  move(message: Message, position: number, pieces: readonly TextPiece[]): Skip | null {
    const [first] = pieces;
    if (first === undefined) return this.drop(message, position);
    if (this.open !== null) this.replace(this.open.from, first.start, `${this.open.after},${first.before}`);
    else if (this.host !== null) {
      const problem = this.enter(this.host, first);
      if (problem !== null) return problem;
    } else {
      if (this.startsWithToolResult(position + 1)) {
        return skip("E13", "a system message stands between a tool call and its result");
      }
      this.replace(message.start, first.start, `{"role":"user","content":[${first.before}`);
      this.open = { from: 0, to: 0, after: "", tail: "]}" };
      this.hasKept = true;
    }
    this.write(pieces, message.end);
    return null;
  }

  finish(): AdaptEdit[] {
    this.close();
    return this.edits.sort((a, b) => a.start - b.start || a.end - b.end);
  }

  /** Opens the content of a user message at its end: everything from here to the first reminder is replaced. */
  private enter(host: Message, first: TextPiece): Skip | null {
    const { content } = host;
    if (content === null) return skip("unclear", "a user message has no content");
    const isText = isStringAt(this.bytes, content.start);
    if (!isText && !isArrayAt(this.bytes, content.start))
      return skip("unclear", "a user message has no readable content");
    this.dropped = null;
    const isEmpty = spaceEnd(this.bytes, content.start + 1) === content.end - 1;
    const inside = isText ? content.end : content.end - 1;
    const tail = this.buildTail(host, inside);
    if (!isText) this.replace(inside, first.start, `${isEmpty ? "" : ","}${first.before}`);
    else if (content.end - content.start === 2) this.replace(content.start, first.start, `[${first.before}`);
    else {
      this.replace(content.start, content.start, `[{"type":"text","text":`);
      this.replace(content.end, first.start, `},${first.before}`);
    }
    this.open = { from: 0, to: 0, after: "", tail: isText ? `]${tail}` : tail };
    return null;
  }

  /** Returns what follows the content in the host, without its own cuts; cuts before the content are made in place. */
  private buildTail(host: Message, from: number): string {
    const cuts = this.cuts.get(host);
    if (cuts === undefined) return rawText(this.bytes, from, host.end);
    this.edits.push(...cuts.filter((cut) => cut.start < from));
    const behind = cuts.filter((cut) => cut.start >= from);
    const shifted = behind.map((cut) => ({ ...cut, start: cut.start - from, end: cut.end - from }));
    return decoder.decode(joined(splice(this.bytes.subarray(from, host.end), shifted)));
  }

  private write(pieces: readonly TextPiece[], messageEnd: number): void {
    if (this.open === null) return;
    let before: TextPiece | null = null;
    for (const piece of pieces) {
      if (before !== null) this.replace(before.end, piece.start, `${before.after},${piece.before}`);
      before = piece;
      this.wrap(piece);
      this.open.from = piece.end;
      this.open.after = piece.after;
    }
    this.open.to = messageEnd;
  }

  private wrap({ text }: TextPiece): void {
    if (isTextAt(this.bytes, text.start + 1, OPENING_BYTES)) return;
    this.replace(text.start + 1, text.start + 1, `${OPENING}\\n`);
    this.replace(text.end - 1, text.end - 1, "\\n</system-reminder>");
  }

  /** Removes a system message without text, with one comma. */
  private drop(message: Message, position: number): null {
    const before = this.conversation.at(position - 1);
    if (this.open !== null) this.open.to = message.end;
    else if (this.host !== null) this.dropped = { start: this.dropped?.start ?? this.host.end, end: message.end };
    else if (this.hasKept && before !== undefined) this.replace(before.end, message.end, "");
    else this.replace(message.start, this.conversation.at(position + 1)?.start ?? message.end, "");
    return null;
  }

  private close(): void {
    if (this.open !== null) this.replace(this.open.from, this.open.to, `${this.open.after}${this.open.tail}`);
    else if (this.host !== null) this.cut(this.host);
    if (this.dropped !== null) this.replace(this.dropped.start, this.dropped.end, "");
    this.open = null;
    this.dropped = null;
    this.host = null;
  }

  private cut(message: Message): void {
    const cuts = this.cuts.get(message);
    if (cuts !== undefined) this.edits.push(...cuts);
  }

  private replace(start: number, end: number, text: string): void {
    const bytes = editBytes(text);
    if (end - start === bytes.length && isTextAt(this.bytes, start, bytes)) return;
    this.edits.push({ start, end, bytes, code: "E13", why: "system message → reminder" });
  }

  private startsWithToolResult(from: number): boolean {
    let position = from;
    while (this.conversation.findRole(position) === "system") position++;
    const next = this.conversation.at(position);
    if (next?.role !== "user" || next.content === null) return false;
    return readFirstType(this.bytes, next.content) === "tool_result";
  }
}
