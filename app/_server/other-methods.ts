import { AppError } from "#core/errors.ts";
import { errorResponse } from "./route.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof methods)[number];
type Answer = (request: Request) => Promise<Response>;

/**
 * Builds handlers for the methods a route does not serve. They answer 405 with the API's error, and name in `Allow`
 * what the route does serve. Next would answer them with an empty body. `OPTIONS` is among them, as the proxy in front
 * refuses it too.
 */
export function otherMethods(...served: readonly Method[]): Record<Method | "OPTIONS", Answer> {
  // GET implies HEAD.
  const allow = served.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  const refuse: Answer = async (request) => {
    const text = `${request.method} is not served here. There is: ${allow}.`;
    const response = errorResponse(new AppError("method.not-allowed", {}, text), request);
    response.headers.set("allow", allow);
    return response;
  };
  return { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse, OPTIONS: refuse };
}
