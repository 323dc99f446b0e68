import type { ServerResponse } from "node:http";

/** Refusal in the provider's shape. */
export interface Refusal {
  status: number;
  type: string;
  message: string;
}

const types: Record<number, [type: string, message: string]> = {
  400: ["invalid_request_error", "Invalid request"],
  401: ["authentication_error", "invalid x-api-key"],
  402: ["billing_error", "Your credit balance is too low to access the Anthropic API."],
  403: ["permission_error", "Your API key does not have permission to use the specified resource."],
  404: ["not_found_error", "Not found"],
  409: ["conflict_error", "Conflict"],
  413: ["request_too_large", "Request exceeds the maximum size"],
  429: ["rate_limit_error", "This request would exceed your organization's rate limit of 4,000 requests per minute."],
  500: ["api_error", "Internal server error"],
  504: ["timeout_error", "Request timed out."],
  529: ["overloaded_error", "Overloaded"],
};

export const badRequest = (message: string): Refusal => ({ status: 400, type: "invalid_request_error", message });

export function refusalOfStatus(status: number): Refusal {
  const [type, message] =
    types[status] ?? (status >= 500 ? ["api_error", "Upstream error"] : ["invalid_request_error", "Refused"]);
  return { status, type, message };
}

/** Responds with an error in the provider's shape. */
export function sendRefusal(
  res: ServerResponse,
  refusal: Refusal,
  requestId: string,
  extra: Record<string, string> = {},
) {
  const body = JSON.stringify({
    type: "error",
    error: { type: refusal.type, message: refusal.message },
    request_id: requestId,
  });
  res.writeHead(refusal.status, {
    ...extra,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  res.end(body);
}
