import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { localPath } from "#app/_data/local-path.ts";
import { currentActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { isSetupOpen } from "#control/team/first-owner.ts";
import { ERROR_CODES, errorEntry } from "#core/errors.ts";
import { ownValue } from "#core/own-value.ts";
import { AuthHead } from "../_parts/auth-head.tsx";
import { SignInForm } from "./client.tsx";

export const metadata: Metadata = { title: "Sign in" };

/** Reasons for which a sign-in by the identity provider was refused. */
const refusals: Record<string, string> = {
  "not-invited": "You have not been invited to this installation. Ask an admin for an invitation.",
  "not-verified": "Your identity provider has not verified your e-mail address, so it cannot be trusted here.",
  disabled: "Your account is disabled. Ask an admin.",
  "owner-by-link": "You are invited as an owner. Open the invitation link first; after that you can sign in this way.",
  AccessDenied: "The identity provider refused the sign-in.",
  OAuthSignin: "The identity provider cannot be reached from this server. Try again, or use your password.",
  OAuthCallback: "The identity provider’s answer was not valid or came too late. Try again.",
};

/** Sentence of a fault of ours, such as `database.full`; null for any other code. */
function faultText(code: string): string | null {
  const known = ERROR_CODES.find((one) => one === code);
  return known !== undefined && errorEntry(known).status >= 500 ? errorEntry(known).text : null;
}

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Sign-in page. Goes on to `next`, which is only ever a path of this console. */
export default async function SignInPage({ searchParams }: { searchParams: Search }) {
  const search = await searchParams;
  const next = localPath(text(search.next));
  if (await currentActor()) redirect(next);
  const { config, db } = await controlDeps();
  if (await isSetupOpen(db)) redirect(paths.setup());
  const error = text(search.error);
  const problem = error
    ? (ownValue(refusals, error) ?? faultText(error) ?? "Signing in did not work. Try again.")
    : null;
  return (
    <>
      <AuthHead title="Sign in" />
      <SignInForm
        next={next}
        problem={problem}
        providerName={config.oidc?.name ?? null}
        isDemo={config.isDemo}
        comesFromProvider={text(search.from) === "provider"}
      />
    </>
  );
}

const text = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
