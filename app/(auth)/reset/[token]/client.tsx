"use client";

import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { paths } from "#app/paths.ts";
import { FormAlert } from "../../_parts/form-alert.tsx";
import { PasswordField } from "../../_parts/password-field.tsx";

export function ResetForm({ token, email }: { token: string; email: string }) {
  const [password, setPassword] = useState("");

  const { busy, problem, submit } = useSubmit(async () => {
    await sendJson("POST", "/api/reset", { token, password });
    const outcome = await signInWithPassword(email, password);
    await leaveFor(outcome.ok ? paths.overview() : paths.signIn());
  });

  return (
    <form onSubmit={submit} className="space-y-4">
      <FormAlert message={problem.message} />
      <TextField label="E-mail address" name="email" type="email" autoComplete="username" readOnly value={email} />
      <PasswordField
        isNew
        label="New password"
        name="password"
        autoFocus
        value={password}
        error={problem.fields.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" look="solid" className="h-9 w-full" busy={busy}>
        {busy ? "Saving …" : "Set password and sign in"}
      </Button>
    </form>
  );
}
