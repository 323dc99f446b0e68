import { scopeLabels } from "#app/_data/scope-words.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Ago } from "#app/_ui/time.tsx";
import type { AccessTokenView } from "#control/tokens/access-token-view.ts";

/** Name of a token, its hint, and its state when it is not live. */
export const TokenName = ({ token }: { token: AccessTokenView }) => (
  <span className="flex flex-wrap items-center gap-x-2">
    <Name text={token.name} className="font-medium" />
    <code className="font-mono text-xs text-ink3">ccoat_…{token.hint}</code>
    {token.state === "live" ? null : <Badge tone="danger">{token.state === "expired" ? "Expired" : "Revoked"}</Badge>}
  </span>
);

/** "Read, Rules", in the order of the list. */
export const formatScopeNames = (token: AccessTokenView): string =>
  token.scopes.map((scope) => scopeLabels[scope]).join(", ") || "nothing";

/** Scopes, last use and expiry of a token in one line. */
export const TokenFacts = ({ token }: { token: AccessTokenView }) => (
  <>
    {formatScopeNames(token)}
    {" · "}
    {token.lastUsedAt ? (
      <>
        used <Ago at={token.lastUsedAt} suffix=" ago" />
      </>
    ) : (
      "never used"
    )}
    {token.expiresAt && token.state === "live" ? (
      <>
        {" · "}
        <Ago at={token.expiresAt} suffix=" left" />
      </>
    ) : null}
  </>
);
