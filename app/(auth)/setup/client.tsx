"use client";

import { type FormEvent, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { type FormOf, leaveFor, useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Form, FormNotice } from "#app/_ui/form.tsx";
import { ZoneField } from "#app/_ui/zone-field.tsx";
import { firstRunSteps } from "#app/(first-run)/first-run/step-names.ts";
import { paths } from "#app/paths.ts";
import { AuthHead } from "../_parts/auth-head.tsx";
import { PasswordField } from "../_parts/password-field.tsx";
import { Steps } from "./steps.tsx";

/**
 * Set-up form in two steps with one request at the end, so that going back changes nothing. Long because both steps are
 * one form with one state and one request.
 */
export function SetupForm({ token, zoneFixed }: { token: string; zoneFixed: string | null }) {
  const [step, setStep] = useState(0);
  const finish = async ({ reportingZone, ...values }: Values) => {
    await sendJson("POST", "/api/setup", { token, ...values, reportingZone: zoneFixed ? undefined : reportingZone });
    const outcome = await signInWithPassword(values.email, values.password);
    await leaveFor(outcome.ok ? paths.firstRun() : paths.signIn(paths.firstRun()));
  };
  const form = useForm(blank, finish, {
    onProblem: ({ fields }) => {
      if (fields.email || fields.name || fields.password) setStep(0);
    },
  });
  const goOn = (event: FormEvent) => {
    event.preventDefault();
    setStep(1);
  };

  return (
    <>
      <Steps names={firstRunSteps} current={step} />
      <AuthHead title={step === 0 ? "Make the owner’s account" : "Name this installation"}>
        {step === 0
          ? "The owner may do everything here, and invites the others."
          : "Both can be changed later in Settings."}
      </AuthHead>
      <Form form={step === 0 ? { ...form, submit: goOn } : form}>
        <FormNotice message={form.problem.message} />
        {step === 0 ? (
          <AccountFields form={form} />
        ) : (
          <>
            <TextField
              label="Organisation"
              name="organization"
              autoComplete="organization"
              autoFocus
              placeholder="Acme"
              maxLength={60}
              hint="Shown at the top of every page. May stay empty."
              {...form.input("organisation")}
            />
            <ZoneField fixed={zoneFixed} suggestBrowserZone {...form.choice("reportingZone")} />
          </>
        )}
        <div className="flex gap-2 pt-1">
          {step === 1 ? (
            <Button className="h-9" onClick={() => setStep(0)}>
              Back
            </Button>
          ) : null}
          <Button type="submit" look="solid" className="h-9 flex-1" busy={form.busy}>
            {step === 0 ? "Continue" : form.busy ? "Setting up …" : "Set up CCO"}
          </Button>
        </div>
      </Form>
    </>
  );
}

const blank = { name: "", email: "", password: "", organisation: "", reportingZone: "" };
type Values = typeof blank;

function AccountFields({ form }: { form: FormOf<Values> }) {
  return (
    <>
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        autoFocus
        required
        maxLength={80}
        {...form.input("name")}
      />
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        required
        {...form.input("email")}
      />
      <PasswordField isNew name="password" {...form.input("password")} />
    </>
  );
}
