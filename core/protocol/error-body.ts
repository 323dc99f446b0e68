/** Builds an error in the provider's shape, as Claude Code and the SDKs read it, also for refusals of CCO itself. */
export function errorBody(type: string, message: string, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId });
}

/** Reads the `type` of an error response in the provider's shape; null for any other text. */
export function errorTypeOf(text: string): string | null {
  try {
    const body = JSON.parse(text) as { error?: { type?: unknown } } | null;
    const type = body?.error?.type;
    return typeof type === "string" && type.length <= 64 ? type : null;
  } catch {
    return null;
  }
}
