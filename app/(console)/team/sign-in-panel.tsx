import type { ReactNode } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import type { OidcFacts } from "./page-facts.ts";

/** Sign-in methods and their protection, as configured by the operator. */
export function SignInPanel({ oidc }: { oidc: OidcFacts | null }) {
  return (
    <Panel title="Sign-in methods" flush>
      <dl className="divide-y divide-line pt-1">
        <Method name="Password" state={<Badge tone="saved">On</Badge>}>
          At least 12 characters, stored as argon2id. Ten wrong ones lock the account for the guesser’s address for ten
          minutes, longer each time.
        </Method>
        <Method
          name={oidc ? oidc.name : "Single sign-on"}
          state={oidc ? <Badge tone="saved">On</Badge> : <Badge>Off</Badge>}
        >
          {oidc ? (
            <>
              OpenID Connect with <code className="font-mono text-xs">{oidc.issuer}</code>.{" "}
              {oidc.defaultRole
                ? `Newcomers with a verified address become ${oidc.defaultRole}.`
                : "Only people who are listed or invited above may come in."}
            </>
          ) : (
            <>
              Set <code className="font-mono text-xs">CCO_OIDC_ISSUER</code>,{" "}
              <code className="font-mono text-xs">CCO_OIDC_CLIENT_ID</code> and{" "}
              <code className="font-mono text-xs">CCO_OIDC_CLIENT_SECRET_FILE</code> on the server and restart it.
            </>
          )}
        </Method>
      </dl>
    </Panel>
  );
}

function Method({ name, state, children }: { name: string; state: ReactNode; children: ReactNode }) {
  return (
    <div className="gap-x-4 px-4 py-2.5 sm:grid sm:grid-cols-[180px_1fr] lg:px-5">
      <dt className="flex items-center gap-2 font-medium">
        {name}
        {state}
      </dt>
      <dd className="mt-0.5 text-ink2 sm:mt-0">{children}</dd>
    </div>
  );
}
