import { QueryCache, QueryClient } from "@tanstack/react-query";
import { paths } from "#app/paths.ts";
import { ApiError } from "./get-json.ts";

/** Query client of a browser tab. Refusals (4xx) are final and never retried. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
      },
    },
  });
}

/** Redirects to sign-in and back when the session was ended elsewhere. */
function leaveWhenSignedOut(error: Error): void {
  if (!(error instanceof ApiError && error.status === 401)) return;
  location.assign(paths.signIn(`${location.pathname}${location.search}`));
}
