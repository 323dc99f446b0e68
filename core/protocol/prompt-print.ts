import type { BodyIndex } from "../json-index/body-index.ts";
import { LAST_FORMS_MAX, type WalkedMessages } from "../json-index/walked-messages.ts";

/**
 * Two hashes of a message. One is without its cache marks. The other also has its only text in place of the block that
 * the mark needs.
 */
interface MessageForms {
  blocks: number;
  text: number;
}

/**
 * Messages that are compared one by one: more than clients mark. Of those before them only the length is, for clients take old
 * messages out or shorten them, and do not put another letter in the place of one.
 */
export const TAIL_MAX = 6;

/**
 * What the provider's prompt cache depends on, as hashes and lengths: tools, system prompt, messages. Nothing can be
 * read from it. Clients move the cache marks of messages to the newest ones with every request, so these are left out.
 * Call it before the engine's memory is used again. Prints with different seeds cannot be compared.
 */
export class PromptPrint {
  /** Number of messages. */
  readonly count: number;
  readonly tools: number;
  readonly system: number;
  /** Order of names and white space, as a number. Hashes of prompts that are written in two ways differ for that alone. */
  readonly spelling: number;
  /** Both hashes of the last messages, the last one first, and of the first message behind these. */
  readonly forms: readonly number[];
  /** Bytes of the messages before the tail. */
  readonly headLength: number;

  private constructor(
    index: BodyIndex,
    private readonly list: WalkedMessages,
    readonly markCount: number,
    private readonly seed: number,
  ) {
    const { fields } = index;
    list.print(fields.get("tools"), fields.get("system"), seed);
    this.count = list.length;
    this.tools = list.toolsHash;
    this.system = list.systemHash;
    this.spelling = list.spelling;
    this.forms = list.readForms();
    this.headLength = list.lengthBefore(Math.max(0, this.count - TAIL_MAX));
  }

  /**
   * Reads the print of a body that was walked just now. Null where its cache marks are not all known, or are more than a
   * provider takes.
   */
  static read(index: BodyIndex, list: WalkedMessages, seed: number): PromptPrint | null {
    const { markCount } = list;
    return markCount === null ? null : new PromptPrint(index, list, markCount, seed);
  }

  /** Counts the model's messages from position `from` on, up to `most`. */
  countModels(from: number, most: number): number {
    return this.list.countModels(from, most);
  }

  /** Bytes of the messages before a position, without their marks. */
  lengthBefore(position: number): number {
    return this.list.lengthBefore(position);
  }

  /** The hashes of a message; the same twice where there is one way to write it. */
  findForms(position: number): MessageForms {
    const { forms, count } = this;
    const fromEnd = count - 1 - position;
    const isKnown = fromEnd < LAST_FORMS_MAX || position === 0;
    const found = isKnown ? forms : this.list.readForm(position, this.seed);
    const at = isKnown ? 2 * Math.min(fromEnd, LAST_FORMS_MAX) : 0;
    return { blocks: found[at] as number, text: found[at + 1] as number };
  }
}
