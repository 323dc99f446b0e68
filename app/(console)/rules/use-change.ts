import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { toast } from "#app/_ui/toaster.tsx";
import { type Published, ruleQueries } from "./queries.ts";

/** Sends a change of the live rules, reports the result, and invalidates the queries about rules. */
export function useChange(path: "/api/rules/roll-back" | "/api/rules/pause" | "/api/rules/publish") {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Record<string, unknown>) => sendJson<Published>("POST", path, input),
    onSuccess: ({ version, fileWritten }) => {
      toast(`v${version.number} is live`, {
        description: fileWritten
          ? `${version.comment}. Instances follow within a second.`
          : "The rules file could not be written. The proxy brings it up to date when it starts next.",
      });
      return queries.invalidateQueries({ queryKey: ruleQueries.all() });
    },
  });
}
