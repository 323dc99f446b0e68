/** One request of a batch, as far as its cost can be estimated by it. */
export interface ScannedRequest {
  model: string | null;
  maxTokens: number;
  /** Of its parameters as JSON: prompt, tools and all. */
  bytes: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Longest key or model that is read; a longer one is none that is looked for. */
const TEXT_MAX = 512;
/** Depths of the objects that are looked into: the batch, a request, its parameters. The list of requests is between. */
const BATCH = 1;
const REQUESTS = 2;
const REQUEST = 3;
const PARAMS = 4;

const decoder = new TextDecoder();

/**
 * Reads the requests of a batch from its body while that passes, in bounded memory. What is no valid JSON yields no more
 * than what was read before. Of a field given twice the last counts.
 */
export class RequestsScan {
  private depth = 0;
  /** How deep the place is on the way batch, requests, request, params; anything deeper or beside it is passed over. */
  private on = 0;
  private isKey = false;
  private key: string | null = null;
  private inString = false;
  private isEscaped = false;
  /** Bytes of a string or number that is read; null while nothing is. */
  private text: number[] | null = null;
  private position = 0;
  private paramsAt = 0;
  private request: ScannedRequest = { model: null, maxTokens: 0, bytes: 0 };

  constructor(private readonly found: (request: ScannedRequest) => void) {}

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      this.position += 1;
      if (this.inString) this.takeInString(byte);
      else this.take(byte);
    }
  }

  private takeInString(byte: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) {
      this.inString = false;
      this.endString();
      return;
    }
    if (this.text !== null && this.text.length <= TEXT_MAX) this.text.push(byte);
  }

  private endString(): void {
    if (this.text === null) return;
    const value = this.readText();
    if (this.isKey) this.key = value;
    else if (this.key === "model") this.request.model = value;
  }

  private take(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.inString = true;
        // Keys on the way, and the model: of all other strings nothing is kept.
        this.text = this.isOnObject && (this.isKey || (this.on === PARAMS && this.key === "model")) ? [] : null;
        return;
      case 0x3a: // :
        if (this.isOnObject) this.isKey = false;
        return;
      case 0x2c: // ,
        this.endNumber();
        if (this.isOnObject) this.isKey = true;
        return;
      case 0x7b: // {
      case 0x5b: // [
        this.open(byte === 0x7b);
        return;
      case 0x7d: // }
      case 0x5d: // ]
        this.endNumber();
        this.close();
        return;
    }
    if (!this.isOnObject || this.on !== PARAMS || this.isKey || this.key !== "max_tokens") return;
    this.text ??= [];
    if (this.text.length <= TEXT_MAX) this.text.push(byte);
  }

  private get isOnObject(): boolean {
    return this.depth === this.on && this.on !== REQUESTS && this.on > 0;
  }

  private open(isObject: boolean): void {
    const isNext =
      this.depth === this.on &&
      ((this.on === 0 && isObject) ||
        (this.on === BATCH && !isObject && !this.isKey && this.key === "requests") ||
        (this.on === REQUESTS && isObject) ||
        (this.on === REQUEST && isObject && !this.isKey && this.key === "params"));
    this.depth += 1;
    if (!isNext) return;
    this.on = this.depth;
    this.isKey = this.on !== REQUESTS;
    this.key = null;
    this.text = null;
    if (this.on === REQUEST) this.request = { model: null, maxTokens: 0, bytes: 0 };
    if (this.on === PARAMS) this.paramsAt = this.position - 1;
  }

  private close(): void {
    if (this.depth === this.on) {
      if (this.on === PARAMS) this.request.bytes = this.position - this.paramsAt;
      if (this.on === REQUEST) this.found(this.request);
      this.on -= 1;
      this.isKey = false;
    }
    if (this.depth > 0) this.depth -= 1;
  }

  private endNumber(): void {
    if (this.text === null || !this.isOnObject || this.on !== PARAMS || this.isKey || this.key !== "max_tokens") return;
    const value = Number(decoder.decode(Uint8Array.from(this.text)).trim());
    this.text = null;
    if (Number.isSafeInteger(value) && value >= 0) this.request.maxTokens = value;
  }

  /** Null for a text that is too long, or no valid string of JSON. */
  private readText(): string | null {
    const bytes = this.text ?? [];
    this.text = null;
    if (bytes.length > TEXT_MAX) return null;
    try {
      const value: unknown = JSON.parse(`"${decoder.decode(Uint8Array.from(bytes))}"`);
      return typeof value === "string" ? value : null;
    } catch {
      return null;
    }
  }
}
