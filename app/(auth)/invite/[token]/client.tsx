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

export function AcceptInviteForm(props: { token: string; email: string; name: string; role: string }) {
  const { token, email, role } = props;
  const [name, setName] = useState(props.name);
  const [password, setPassword] = useState("");

  const { busy, problem, submit } = useSubmit(async () => {
    await sendJson("POST", "/api/invites/accept", { token, email, name, password });
    const outcome = await signInWithPassword(email, password);
    const next = role === "developer" ? paths.connect() : paths.overview();
    await leaveFor(outcome.ok ? next : paths.signIn(next));
  });

  return (
    <form onSubmit={submit} className="space-y-4">
      <FormAlert message={problem.message} />
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        readOnly
        value={email}
        hint="The invitation is for this address only."
        error={problem.fields.email}
        className="bg-sunken text-ink2"
      />
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        autoFocus
        required
        maxLength={80}
        value={name}
        error={problem.fields.name}
        onChange={(event) => setName(event.target.value)}
      />
      <PasswordField
        isNew
        label="Choose a password"
        name="password"
        value={password}
        error={problem.fields.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" look="solid" className="h-9 w-full" busy={busy}>
        {busy ? "Joining …" : "Join"}
      </Button>
    </form>
  );
}
