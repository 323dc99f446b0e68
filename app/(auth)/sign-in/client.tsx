"use client";

import { type FormEvent, useEffect, useState } from "react";
import { hasSession, type SignInOutcome, signInWithPassword, signInWithProvider } from "#app/_data/sign-in.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { FormNotice } from "#app/_ui/form.tsx";
import { PasswordField } from "../_parts/password-field.tsx";
import { DemoBox } from "./demo-box.tsx";

interface Props {
  next: string;
  problem: string | null;
  /** Name of the identity provider; null when none is configured. */
  providerName: string | null;
  isDemo: boolean;
  comesFromProvider: boolean;
}

/** Long because both ways to sign in share one message and one busy state. */
export function SignInForm({ next, problem, providerName, isDemo, comesFromProvider }: Props) {
  const [message, setMessage] = useState(problem);
  const [busy, setBusy] = useState<"password" | "provider" | null>(null);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const isArriving = useExistingSession(next, comesFromProvider);

  const run = async (kind: "password" | "provider", work: () => Promise<SignInOutcome>) => {
    setBusy(kind);
    setMessage(null);
    const outcome = await work();
    if (outcome.ok) return kind === "password" ? location.assign(next) : undefined;
    setBusy(null);
    setMessage(outcome.message);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run("password", () => signInWithPassword(email, password));
  };

  if (isArriving) return <p role="status">Signing you in …</p>;
  return (
    <div className="space-y-4">
      <FormNotice message={message} />
      {providerName ? (
        <>
          <Button
            className="h-9 w-full"
            busy={busy === "provider"}
            onClick={() => void run("provider", () => signInWithProvider(next))}
          >
            Continue with {providerName}
          </Button>
          <p className="flex items-center gap-3 text-xs text-ink3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            or with your password
          </p>
        </>
      ) : null}
      <form onSubmit={submit} className="space-y-4">
        <TextField
          label="E-mail address"
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField name="password" value={password} onChange={(event) => setPassword(event.target.value)} />
        <Button type="submit" look="solid" className="h-9 w-full" busy={busy === "password"}>
          {busy === "password" ? "Signing in …" : "Sign in"}
        </Button>
      </form>
      {isDemo ? (
        <DemoBox
          onPick={(demo) => {
            setEmail(demo.email);
            setPassword(demo.password);
          }}
        />
      ) : (
        <p className="text-xs text-ink3">
          Forgot your password? An admin of this installation can send you a reset link.
        </p>
      )}
    </div>
  );
}

/** Redirects to `next` when this browser has a session; true while that is unknown after the provider's callback. */
function useExistingSession(next: string, comesFromProvider: boolean): boolean {
  const [isArriving, setArriving] = useState(comesFromProvider);
  useEffect(() => {
    const leaving = new AbortController();
    hasSession(leaving.signal)
      .then((has) => (has ? location.replace(next) : setArriving(false)))
      .catch(() => setArriving(false));
    return () => leaving.abort();
  }, [next]);
  return isArriving;
}
