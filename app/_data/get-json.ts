/** Refusal by our API, with the contract's code and the sentence to show. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(status: number, code: string, message: string, details: Record<string, unknown>) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Whether asking once more may give another answer: what is not there will not be there a second later. */
export const mayHelpToRetry = (error: Error): boolean => !(error instanceof ApiError && error.status === 404);

type Scalar = string | number | boolean | null | undefined;

/** Gets JSON from this origin; empty parameters are omitted. */
export async function getJson<T>(path: string, params: Record<string, Scalar> = {}, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const address = query.size > 0 ? `${path}?${query}` : path;
  return read<T>(await fetch(address, { signal, headers: { accept: "application/json" } }));
}

/** Sends JSON to this origin. Throws ApiError with the server's sentence. */
export async function sendJson<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body: unknown = {},
): Promise<T> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  return read<T>(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

async function read<T>(response: Response): Promise<T> {
  const data: unknown = await response.json().catch(() => null);
  if (response.ok) return data as T;
  const refusal = (data ?? {}) as { error?: string; code?: string; details?: Record<string, unknown> };
  const text =
    refusal.error ?? `The console did not answer (${response.status}). Model traffic is not affected; try again.`;
  throw new ApiError(response.status, refusal.code ?? "INTERNAL_ERROR", text, refusal.details ?? {});
}
