/**
 * The provider's error shape: what Claude Code and the SDKs read, also when CCO itself refuses. `help` is the path of the page
 * that explains the refusal; left out when there is none.
 */
export function errorBody(type: string, message: string, requestId: string, help?: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId, help });
}

/** Reads the `type` of an error response in the provider's shape; null for any other text. */
export function readErrorType(text: string): string | null {
  try {
    const body = JSON.parse(text) as { error?: { type?: unknown } } | null;
    const type = body?.error?.type;
    return typeof type === "string" && type.length <= 64 ? type : null;
  } catch {
    return null;
  }
}
