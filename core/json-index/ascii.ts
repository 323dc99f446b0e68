/** Encodes a text without letters beyond ASCII as bytes. */
export const toAscii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * Whether exactly these bytes stand at `at`. Bytes are compared with bytes: reading a string letter by letter is a
 * slow call per letter once strings of several kinds have been read.
 */
export function isTextAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Text of four bytes or more, compared four at a time. It is for searches that run at every turn of a conversation. */
export class AsciiWords {
  readonly length: number;
  private readonly words: readonly number[];
  /** The last four bytes; they overlap the words where the length is no multiple of four. */
  private readonly last: number;

  constructor(text: string) {
    const bytes = toAscii(text);
    const view = new DataView(bytes.buffer);
    this.length = bytes.length;
    this.words = Array.from({ length: bytes.length >> 2 }, (_, word) => view.getInt32(word * 4));
    this.last = view.getInt32(bytes.length - 4);
  }

  /** Whether exactly these bytes stand at `at`. */
  isAt(bytes: DataView, at: number): boolean {
    if (at + this.length > bytes.byteLength || bytes.getInt32(at + this.length - 4) !== this.last) return false;
    const { words } = this;
    for (let word = 0; word < words.length; word++) if (bytes.getInt32(at + word * 4) !== words[word]) return false;
    return true;
  }
}
