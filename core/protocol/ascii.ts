/** The bytes of a text without letters beyond ASCII. */
export const asciiOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/**
 * Whether exactly these bytes stand at `at`. Bytes are compared with bytes: asking a string for each of its letters is a
 * slow call a letter once strings of several kinds have been asked.
 */
export function isTextAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
