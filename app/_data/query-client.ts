import { QueryCache, QueryClient } from "@tanstack/react-query";
import { paths } from "#app/paths.ts";
import { ApiError } from "./get-json.ts";

/** One client per browser tab. Refusals (4xx) are answers, not hiccups: they are never retried. */
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

/** A session that was ended elsewhere (another role, another password) ends here too, and comes back to this page. */
function leaveWhenSignedOut(error: Error): void {
  if (!(error instanceof ApiError && error.status === 401)) return;
  location.assign(paths.signIn(`${location.pathname}${location.search}`));
}
