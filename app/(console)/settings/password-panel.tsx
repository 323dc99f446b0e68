"use client";

import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { PasswordField } from "#app/(auth)/_parts/password-field.tsx";
import { paths } from "#app/paths.ts";

const blank = { current: "", password: "" };

/** Form to change the own password. It ends every session; this browser is signed in again. */
export function PasswordPanel({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const [form, setForm] = useState(blank);

  const { busy, problem, submit } = useSubmit(async () => {
    await sendJson("POST", "/api/settings/password", form);
    const outcome = await signInWithPassword(email, form.password);
    if (!outcome.ok) return leaveFor(paths.signIn(paths.settings()));
    setForm(blank);
    toast("Your password is changed", { description: "Everywhere else you are signed out." });
  });

  if (!hasPassword) {
    return (
      <Panel title="Your password">
        <p className="text-ink2">
          You sign in through your organisation, so there is no password here. An admin can send you a reset link if you
          need one.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Your password">
      <form onSubmit={submit} className="space-y-4">
        {/* For password managers, which want to know whose password changes. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          label="Current password"
          name="current"
          value={form.current}
          error={problem.fields.current ?? problem.message}
          onChange={(event) => setForm({ ...form, current: event.target.value })}
        />
        <PasswordField
          isNew
          label="New password"
          name="password"
          value={form.password}
          error={problem.fields.password}
          onChange={(event) => setForm({ ...form, password: event.target.value })}
        />
        <Button type="submit" busy={busy}>
          Change password
        </Button>
      </form>
    </Panel>
  );
}
