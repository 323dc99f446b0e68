const SCRATCH_BYTES = 64 * 1024;
const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const ZERO = 0x30;
/** Below this length a loop beats the call of a copy. */
const SHORT = 48;
/** A number, quotes and commas need no more. */
const SPARE_BYTES = 64;
const DIGITS_MAX = 16;
/** Up to here a division of whole numbers is one instruction. */
const INT_MAX = 0x7fffffff;
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

const NAMES_MAX = 500;
const NAME_LENGTH_MAX = 100;

/**
 * Writes one JSON list after the other into memory that is used again, value by value. The text is the one
 * JSON.stringify makes, without a string made first. What is no value of its kind is null, as in JSON: a writer of
 * records never fails.
 */
export class RowWriter {
  private bytes = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  private at = 0;
  private needsComma = false;
  private readonly digits = new Uint8Array(DIGITS_MAX);
  private readonly names = new Map<string, Uint8Array>();

  /** Starts over, `from` bytes behind the start of the memory. */
  begin(from: number): void {
    if (this.bytes.length > SCRATCH_BYTES) this.bytes = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.at = from;
    this.needsComma = false;
  }

  /** The memory up to the end of what was written, and `more` bytes of it. Lent until the next `begin`. */
  end(more: number): Buffer {
    this.makeRoom(more);
    return this.bytes.subarray(0, this.at + more);
  }

  openList(): void {
    this.comma();
    this.bytes[this.at++] = OPEN_BRACKET;
    this.needsComma = false;
  }

  closeList(): void {
    this.makeRoom(1);
    this.bytes[this.at++] = CLOSE_BRACKET;
    this.needsComma = true;
  }

  /** JSON of one value or of several, with commas between them. */
  json(json: Uint8Array): void {
    this.comma();
    this.raw(json);
  }

  /** Null: about every third value. */
  nothing(): void {
    this.comma();
    const { bytes, at } = this;
    bytes[at] = 0x6e;
    bytes[at + 1] = 0x75;
    bytes[at + 2] = 0x6c;
    bytes[at + 3] = 0x6c;
    this.at = at + 4;
  }

  /** What is neither true nor false is null. */
  flag(value: unknown): void {
    if (typeof value !== "boolean") this.nothing();
    else this.json(value ? TRUE : FALSE);
  }

  /** What is no number at all is null. */
  number(value: unknown): void {
    if (typeof value !== "number" || !Number.isFinite(value)) this.nothing();
    else if (value >= 0 && Number.isSafeInteger(value)) this.whole(value);
    else {
      this.comma();
      this.ascii(`${value}`);
    }
  }

  /** Digits, of which none needs an escape. */
  amount(digits: unknown): void {
    if (typeof digits !== "string") {
      this.nothing();
      return;
    }
    this.comma();
    this.bytes[this.at++] = QUOTE;
    this.ascii(digits);
    this.makeRoom(1);
    this.bytes[this.at++] = QUOTE;
  }

  /** One of a few words: models, endings, codes. */
  name(text: unknown): void {
    if (typeof text !== "string") this.nothing();
    else this.json(this.names.get(text) ?? this.newName(text));
  }

  /** Another one each time. */
  text(text: unknown): void {
    if (typeof text !== "string") {
      this.nothing();
      return;
    }
    this.comma();
    if (!this.plain(text)) this.ascii(JSON.stringify(text));
  }

  private newName(text: string): Uint8Array {
    const json = Buffer.from(JSON.stringify(text));
    if (text.length > NAME_LENGTH_MAX) return json;
    if (this.names.size >= NAMES_MAX) this.names.clear();
    this.names.set(text, json);
    return json;
  }

  /** False, and nothing written, when something in it has to be escaped, or is no ASCII, or it is long. */
  private plain(text: string): boolean {
    if (text.length > SHORT) return false;
    const { bytes, at } = this;
    bytes[at] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
      bytes[at + 1 + i] = code;
    }
    bytes[at + 1 + text.length] = QUOTE;
    this.at = at + text.length + 2;
    return true;
  }

  private whole(value: number): void {
    this.comma();
    const { digits, bytes } = this;
    let left = value;
    let count = 0;
    while (left > INT_MAX) {
      const rest = Math.floor(left / 10);
      digits[count++] = ZERO + left - rest * 10;
      left = rest;
    }
    let small = left | 0;
    do {
      const rest = (small / 10) | 0;
      digits[count++] = ZERO + small - rest * 10;
      small = rest;
    } while (small > 0);
    while (count > 0) bytes[this.at++] = digits[--count] as number;
  }

  /** Text that is mostly ASCII. */
  private ascii(text: string): void {
    // A character takes three bytes at most.
    this.makeRoom(text.length * 3);
    const { bytes, at } = this;
    if (text.length <= SHORT) {
      let i = 0;
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[at + i] = code;
      }
      if (i === text.length) {
        this.at = at + i;
        return;
      }
    }
    this.at = at + bytes.write(text, at, "utf8");
  }

  private raw(json: Uint8Array): void {
    this.makeRoom(json.length);
    const { bytes, at } = this;
    if (json.length > SHORT) bytes.set(json, at);
    else for (let i = 0; i < json.length; i++) bytes[at + i] = json[i] as number;
    this.at = at + json.length;
  }

  private comma(): void {
    this.makeRoom(SPARE_BYTES);
    if (this.needsComma) this.bytes[this.at++] = COMMA;
    this.needsComma = true;
  }

  private makeRoom(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
