"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { toForm, toLimits } from "../_parts/limits-form.ts";
import { type ProxyKeyView, teamQueries } from "./queries.ts";

/** Button that opens the limits and attribution of a live key. */
export function ChangeLimits({ proxyKey }: { proxyKey: ProxyKeyView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton label={`Limits of ${proxyKey.name}`} onClick={() => setOpen(true)}>
        <Icon name="settings" />
      </IconButton>
      {isOpen ? <LimitsDialog proxyKey={proxyKey} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

const toValues = ({ limits, attribution }: ProxyKeyView) => ({ limits: toForm(limits), attribution });

function LimitsDialog({ proxyKey, onClose }: { proxyKey: ProxyKeyView; onClose: () => void }) {
  const { id, name } = proxyKey;
  const client = useQueryClient();
  /** What the form began with; `proxyKey` follows what others save. */
  const [saved, setSaved] = useState(proxyKey);
  const present = async () => {
    const { keys } = await client.fetchQuery({ ...teamQueries.keys(), staleTime: 0 });
    const now = keys.find((key) => key.id === id) ?? saved;
    setSaved(now);
    return toValues(now);
  };
  const form = useForm(
    () => toValues(proxyKey),
    async ({ limits, attribution }) => {
      const changes = pickChanges(toLimits(limits), toLimits(toForm(saved.limits)), saved.limits);
      if (changes !== null) await sendJson("PATCH", `/api/keys/${id}`, changes);
      if (attribution !== saved.attribution) await sendJson("POST", `/api/keys/${id}/attribution`, { attribution });
      await client.invalidateQueries({ queryKey: ["keys"] });
      toast(`The limits of “${name}” are changed`, { description: "Every proxy applies them within a second." });
      onClose();
    },
    { present },
  );
  return (
    <Dialog open onClose={onClose} title={`Limits of “${name}”`} description="Requests in flight are not affected.">
      <DialogForm form={form} submit="Save limits" onCancel={onClose}>
        <LimitFields form={form.values.limits} problem={form.problem} onChange={(limits) => form.set({ limits })} />
        <AttributionField {...form.choice("attribution")} />
      </DialogForm>
    </Dialog>
  );
}
