"use client";

import { useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { toast } from "#app/_ui/toaster.tsx";
import { alertQueries } from "./queries.ts";

/** Notes that the reader has seen a firing. */
export function useAcknowledge(firingId: string) {
  const queries = useQueryClient();
  return useAction("The alert was not acknowledged", async () => {
    await sendJson("POST", `/api/alerts/firings/${encodeURIComponent(firingId)}`);
    await queries.invalidateQueries({ queryKey: alertQueries.all() });
  });
}

/** Snoozes an alert for some hours, which `label` names; with 0 hours the snooze ends. */
export function useSnooze(rule: { id: string; name: string }, hours: number, label: string) {
  const queries = useQueryClient();
  return useAction("The snooze was not changed", async () => {
    await sendJson("POST", `/api/alerts/${encodeURIComponent(rule.id)}/snooze`, { hours });
    await queries.invalidateQueries({ queryKey: alertQueries.all() });
    if (hours === 0) toast(`“${rule.name}” is no longer snoozed`);
    else
      toast(`“${rule.name}” is snoozed for ${label}`, { description: "It is judged all the same, and sends nothing." });
  });
}
