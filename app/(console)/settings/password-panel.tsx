"use client";

import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { Form } from "#app/_ui/form.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { PasswordField } from "#app/(auth)/_parts/password-field.tsx";
import { paths } from "#app/paths.ts";

const blank = { current: "", password: "" };

/** Form to change the own password. It ends every session; this browser is signed in again. */
export function PasswordPanel({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const form = useForm(
    blank,
    async (values) => {
      await sendJson("POST", "/api/settings/password", values);
      const outcome = await signInWithPassword(email, values.password);
      if (!outcome.ok) return leaveFor(paths.signIn(paths.settings()));
      form.reset();
      toast("Your password is changed", { description: "Everywhere else you are signed out." });
    },
    { failureAt: "current" },
  );

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
      <Form form={form}>
        {/* For password managers, which want to know whose password changes. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField label="Current password" name="current" {...form.input("current")} />
        <PasswordField isNew label="New password" name="password" {...form.input("password")} />
        <Button type="submit" busy={form.busy}>
          Change password
        </Button>
      </Form>
    </Panel>
  );
}
