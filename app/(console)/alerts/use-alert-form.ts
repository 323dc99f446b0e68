import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { toast } from "#app/_ui/toaster.tsx";
import { type AlertForm, formOfKind, formOfRule, parseForm } from "./alert-form.ts";
import { type AlertKindView, type AlertRuleView, type AlertsView, alertQueries } from "./queries.ts";

/** The form of an alert, or of a new one (`rule` null). Of one that is there, what differs from what it began with is sent. */
export function useAlertForm({
  alerts,
  kind,
  rule,
  onClose,
}: {
  alerts: AlertsView;
  kind: AlertKindView;
  rule: AlertRuleView | null;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  /** What the form began with; `rule` follows what others save. */
  const [saved, setSaved] = useState(rule);
  const initial = () =>
    rule === null
      ? formOfKind(
          kind,
          alerts.channels.map(({ id }) => id),
        )
      : formOfRule(rule, kind);
  const present = async () => {
    const { rules } = await queries.fetchQuery({ ...alertQueries.page(), staleTime: 0 });
    const now = rules.find(({ id }) => id === saved?.id) ?? saved;
    setSaved(now);
    return now === null ? initial() : formOfRule(now, kind);
  };
  return useForm<AlertForm>(
    initial,
    async (values) => {
      const input = parseForm(values, kind);
      if (saved === null) await sendJson("POST", "/api/alerts", { kind: kind.kind, ...input });
      else {
        const changes = pickChanges(input, parseForm(formOfRule(saved, kind), kind), saved);
        if (changes !== null) await sendJson("PATCH", `/api/alerts/${encodeURIComponent(saved.id)}`, changes);
      }
      await queries.invalidateQueries({ queryKey: alertQueries.all() });
      toast(saved === null ? `“${values.name}” is added` : `“${values.name}” is changed`, {
        description: "It is judged within 30 seconds.",
      });
      onClose();
    },
    { present },
  );
}
