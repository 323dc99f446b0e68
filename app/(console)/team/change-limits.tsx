"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useSubmit } from "#app/_data/use-submit.ts";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { Dialog, DialogActions } from "#app/_ui/dialog.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { LimitFields } from "./limit-fields.tsx";
import { formOf, limitsOf } from "./limits-form.ts";
import type { ProxyKeyView } from "./queries.ts";

/** Changes what a live key is held to, while it is in use. */
export function ChangeLimits({ proxyKey }: { proxyKey: ProxyKeyView }) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [form, setForm] = useState(formOf(proxyKey.limits));

  const { busy, problem, submit, clearProblem } = useSubmit(async () => {
    await sendJson("PATCH", `/api/keys/${proxyKey.id}`, limitsOf(form));
    await client.invalidateQueries({ queryKey: ["keys"] });
    toast(`The limits of “${proxyKey.name}” are changed`, { description: "Every proxy goes by them within a second." });
    setOpen(false);
  });
  const open = () => {
    setForm(formOf(proxyKey.limits));
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
        description="Requests that are under way are not touched."
      >
        <form onSubmit={submit}>
          <LimitFields form={form} problem={problem} onChange={setForm} />
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
