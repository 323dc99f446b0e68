/** Text of a terminal message; other data is shown as received. Short because it parses, and the page draws. */
export function readOutput(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    if (typeof parsed === "object" && parsed !== null && "content" in parsed && typeof parsed.content === "string") {
      return parsed.content;
    }
  } catch {
    // Plain text is a valid message too.
  }
  return message;
}
