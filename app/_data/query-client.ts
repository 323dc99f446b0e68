import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./get-json.ts";

/** One client per browser tab. Refusals (4xx) are answers, not hiccups: they are never retried. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
      },
    },
  });
}
