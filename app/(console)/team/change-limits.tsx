"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { AttributionField } from "../_parts/attribution-field.tsx";
import { LimitFields } from "../_parts/limit-fields.tsx";
import { formOf, limitsOf } from "../_parts/limits-form.ts";
import type { ProxyKeyView } from "./queries.ts";

/** Dialog to change limits and attribution of a live key. */
export function ChangeLimits({ proxyKey }: { proxyKey: ProxyKeyView }) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [form, setForm] = useState(formOf(proxyKey.limits));
  const [attribution, setAttribution] = useState(proxyKey.attribution);

  const { busy, problem, submit, clearProblem } = useSubmit(async () => {
    await sendJson("PATCH", `/api/keys/${proxyKey.id}`, limitsOf(form));
    if (attribution !== proxyKey.attribution) {
      await sendJson("POST", `/api/keys/${proxyKey.id}/attribution`, { attribution });
    }
    await client.invalidateQueries({ queryKey: ["keys"] });
    toast(`The limits of “${proxyKey.name}” are changed`, { description: "Every proxy applies them within a second." });
    setOpen(false);
  });
  const open = () => {
    setForm(formOf(proxyKey.limits));
    setAttribution(proxyKey.attribution);
    clearProblem();
    setOpen(true);
  };

  return (
    <>
      <IconButton label={`Limits of ${proxyKey.name}`} onClick={open}>
        <Icon name="settings" />
      </IconButton>
      <Dialog
        open={isOpen}
        onClose={() => setOpen(false)}
        title={`Limits of “${proxyKey.name}”`}
        description="Requests in flight are not affected."
      >
        <form onSubmit={submit} className="space-y-4">
          <LimitFields form={form} problem={problem} onChange={setForm} />
          <AttributionField value={attribution} error={problem.fields.attribution} onChange={setAttribution} />
          {problem.message ? (
            <p role="alert" className="mt-3 text-xs text-danger">
              {problem.message}
            </p>
          ) : null}
          <DialogActions>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" look="solid" busy={busy}>
              Save limits
            </Button>
          </DialogActions>
        </form>
      </Dialog>
    </>
  );
}
