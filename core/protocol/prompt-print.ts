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
 * read from it. It is of the same size for any length of conversation and holds on to no body, so it may be kept.
 */
export interface PromptPrefix {
  /** Number of messages. */
  readonly count: number;
  readonly markCount: number;
  readonly tools: number;
  readonly system: number;
  /** Order of names and white space, as a number. Hashes of prompts that are written in two ways differ for that alone. */
  readonly spelling: number;
  /** Both hashes of the last messages, the last one first, and of the first message behind these. */
  readonly forms: readonly number[];
  /** Bytes of the messages before the tail. */
  readonly headLength: number;
}

/**
 * The prefix of one request, with what else can be read of its messages. Clients move the cache marks of messages to
 * the newest ones with every request, so these are left out. Call it before the engine's memory is used again, and keep
 * only its prefix: the view of the messages holds the whole body in memory. Prints with different seeds cannot be
 * compared.
 */
export class PromptPrint {
  readonly prefix: PromptPrefix;

  private constructor(
    { fields }: BodyIndex,
    private readonly list: WalkedMessages,
    markCount: number,
    private readonly seed: number,
  ) {
    list.print(fields.get("tools"), fields.get("system"), seed);
    const count = list.length;
    this.prefix = {
      count,
      markCount,
      tools: list.toolsHash,
      system: list.systemHash,
      spelling: list.spelling,
      forms: list.readForms(),
      headLength: list.lengthBefore(Math.max(0, count - TAIL_MAX)),
    };
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
    const { forms, count } = this.prefix;
    const fromEnd = count - 1 - position;
    const isKnown = fromEnd < LAST_FORMS_MAX || position === 0;
    const found = isKnown ? forms : this.list.readForm(position, this.seed);
    const at = isKnown ? 2 * Math.min(fromEnd, LAST_FORMS_MAX) : 0;
    return { blocks: found[at] as number, text: found[at + 1] as number };
  }
}
