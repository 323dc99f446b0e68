"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { Dialog } from "#app/_ui/dialog.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { formOf, limitsOf } from "../_parts/limits-form.ts";
import type { ProxyKeyView } from "./queries.ts";

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

function LimitsDialog({ proxyKey: { id, name, ...saved }, onClose }: { proxyKey: ProxyKeyView; onClose: () => void }) {
  const client = useQueryClient();
  const initial = { limits: formOf(saved.limits), attribution: saved.attribution };
  const form = useForm(initial, async ({ limits, attribution }) => {
    await sendJson("PATCH", `/api/keys/${id}`, limitsOf(limits));
    if (attribution !== saved.attribution) await sendJson("POST", `/api/keys/${id}/attribution`, { attribution });
    await client.invalidateQueries({ queryKey: ["keys"] });
    toast(`The limits of “${name}” are changed`, { description: "Every proxy applies them within a second." });
    onClose();
  });
  return (
    <Dialog open onClose={onClose} title={`Limits of “${name}”`} description="Requests in flight are not affected.">
      <DialogForm form={form} submit="Save limits" onCancel={onClose}>
        <LimitFields form={form.values.limits} problem={form.problem} onChange={(limits) => form.set({ limits })} />
        <AttributionField {...form.choice("attribution")} />
      </DialogForm>
    </Dialog>
  );
}
