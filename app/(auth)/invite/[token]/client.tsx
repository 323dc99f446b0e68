"use client";

import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Form, FormNotice } from "#app/_ui/form.tsx";
import { paths } from "#app/paths.ts";
import { PasswordField } from "../../_parts/password-field.tsx";

/** Form that makes the account of an invited person and signs them in. */
export function AcceptInviteForm(props: { token: string; email: string; name: string; role: string }) {
  const { token, email, role } = props;
  const form = useForm({ name: props.name, password: "" }, async (values) => {
    await sendJson("POST", "/api/invites/accept", { token, email, ...values });
    const outcome = await signInWithPassword(email, values.password);
    const next = role === "developer" ? paths.connect() : paths.overview();
    await leaveFor(outcome.ok ? next : paths.signIn(next));
  });

  return (
    <Form form={form}>
      <FormNotice message={form.problem.message} />
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        readOnly
        value={email}
        hint="The invitation is for this address only."
        error={form.problem.fields.email}
        className="bg-sunken text-ink2"
      />
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        autoFocus
        required
        maxLength={80}
        {...form.input("name")}
      />
      <PasswordField isNew label="Choose a password" name="password" {...form.input("password")} />
      <Button type="submit" look="solid" className="h-9 w-full" busy={form.busy}>
        {form.busy ? "Joining …" : "Join"}
      </Button>
    </Form>
  );
}
