/** The text of an answer of the terminal socket; anything that is not one of its messages is shown as it came. */
export function outputOf(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    if (typeof parsed === "object" && parsed !== null && "content" in parsed && typeof parsed.content === "string") {
      return parsed.content;
    }
  } catch {
    // Plain text is an answer too.
  }
  return message;
}
