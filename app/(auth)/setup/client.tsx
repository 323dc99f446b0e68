"use client";

import { type FormEvent, useState } from "react";
import type { FormProblem } from "#app/_data/field-errors.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { signInWithPassword } from "#app/_data/sign-in.ts";
import { leaveFor, useSubmit } from "#app/_data/use-submit.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { ZoneField } from "#app/_ui/zone-field.tsx";
import { firstRunSteps } from "#app/(first-run)/first-run/step-names.ts";
import { paths } from "#app/paths.ts";
import { AuthHead } from "../_parts/auth-head.tsx";
import { FormAlert } from "../_parts/form-alert.tsx";
import { PasswordField } from "../_parts/password-field.tsx";
import { Steps } from "./steps.tsx";

/** Set-up form in two steps with one request at the end, so that going back changes nothing. */
export function SetupForm({ token, zoneFixed }: { token: string; zoneFixed: string | null }) {
  const [step, setStep] = useState(0);
  const [account, setAccount] = useState({ name: "", email: "", password: "" });
  const [place, setPlace] = useState({ organisation: "", reportingZone: "UTC" });

  const finish = async () => {
    const reportingZone = zoneFixed ? undefined : place.reportingZone;
    await sendJson("POST", "/api/setup", { token, ...account, organisation: place.organisation, reportingZone });
    const outcome = await signInWithPassword(account.email, account.password);
    await leaveFor(outcome.ok ? paths.firstRun() : paths.signIn(paths.firstRun()));
  };
  const { busy, problem, submit } = useSubmit(finish, ({ fields }) => {
    if (fields.email || fields.name || fields.password) setStep(0);
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
      <form onSubmit={step === 0 ? goOn : submit} className="space-y-4">
        <FormAlert message={problem.message} />
        {step === 0 ? (
          <AccountFields account={account} problem={problem} onChange={setAccount} />
        ) : (
          <>
            <TextField
              label="Organisation"
              name="organization"
              autoComplete="organization"
              placeholder="Acme"
              maxLength={60}
              hint="Shown at the top of every page. May stay empty."
              error={problem.fields.organisation}
              value={place.organisation}
              onChange={(event) => setPlace({ ...place, organisation: event.target.value })}
            />
            <ZoneField
              fixed={zoneFixed}
              suggestBrowserZone
              error={problem.fields.reportingZone}
              value={place.reportingZone}
              onChange={(reportingZone) => setPlace((current) => ({ ...current, reportingZone }))}
            />
          </>
        )}
        <div className="flex gap-2 pt-1">
          {step === 1 ? (
            <Button className="h-9" onClick={() => setStep(0)}>
              Back
            </Button>
          ) : null}
          <Button type="submit" look="solid" className="h-9 flex-1" busy={busy}>
            {step === 0 ? "Continue" : busy ? "Setting up …" : "Set up CCO"}
          </Button>
        </div>
      </form>
    </>
  );
}

type Account = { name: string; email: string; password: string };

function AccountFields({
  account,
  problem,
  onChange,
}: {
  account: Account;
  problem: FormProblem;
  onChange: (account: Account) => void;
}) {
  const { fields } = problem;
  return (
    <>
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        autoFocus
        required
        maxLength={80}
        error={fields.name}
        value={account.name}
        onChange={(event) => onChange({ ...account, name: event.target.value })}
      />
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        required
        error={fields.email}
        value={account.email}
        onChange={(event) => onChange({ ...account, email: event.target.value })}
      />
      <PasswordField
        isNew
        name="password"
        error={fields.password}
        value={account.password}
        onChange={(event) => onChange({ ...account, password: event.target.value })}
      />
    </>
  );
}
