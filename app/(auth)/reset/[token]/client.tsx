"use client";

import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Form, FormNotice } from "#app/_ui/form.tsx";
import { paths } from "#app/paths.ts";
import { PasswordField } from "../../_parts/password-field.tsx";

/** Form that sets a new password by a one-time link and signs in. */
export function ResetForm({ token, email }: { token: string; email: string }) {
  const form = useForm({ password: "" }, async ({ password }) => {
    await sendJson("POST", "/api/reset", { token, password });
    const outcome = await signInWithPassword(email, password);
    await leaveFor(outcome.ok ? paths.overview() : paths.signIn());
  });

  return (
    <Form form={form}>
      <FormNotice message={form.problem.message} />
      <TextField label="E-mail address" name="email" type="email" autoComplete="username" readOnly value={email} />
      <PasswordField isNew label="New password" name="password" autoFocus {...form.input("password")} />
      <Button type="submit" look="solid" className="h-9 w-full" busy={form.busy}>
        {form.busy ? "Saving …" : "Set password and sign in"}
      </Button>
    </Form>
  );
}
