import { systemActor } from "#core/access/actor.ts";
import { hashSecret } from "#store/hashes.ts";
import { insertLink, liveLink, revokeLinks } from "#store/one-time-links.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { isSetupOpen } from "../team/first-owner.ts";

const validMs = 30 * 60_000;

interface SetupLink {
  /** Path and query, to be appended to the public address: `/setup?token=…`. Shown once; only its hash is stored. */
  path: string;
  expiresAt: Date;
}

/** Instances that start together on a new database each print a link, and each has to lead to the set-up. */
const togetherMs = 2 * 60_000;

/**
 * Creates a single-use link for the first owner and revokes older ones. Those of instances that start at the same time
 * stay. Null once the installation is set up, which the first use of any link does.
 */
export async function createSetupLink(deps: ControlDeps): Promise<SetupLink | null> {
  if (!(await isSetupOpen(deps.db))) return null;
  const { secret, hash } = newSecret("");
  return mutate(null, deps, async (tx, at) => {
    if (!(await isSetupOpen(tx))) return null;
    await revokeLinks(tx, { kind: "setup", createdBefore: new Date(at.getTime() - togetherMs) }, at);
    const expiresAt = new Date(at.getTime() + validMs);
    const id = newId("lnk");
    await insertLink(tx, { id, kind: "setup", tokenHash: hash, createdAt: at, expiresAt });
    const after = { expiresAt: expiresAt.toISOString() };
    await recordAudit(tx, systemActor, { action: "setup.link", object: { kind: "link", id }, after }, at);
    return { path: `/setup?token=${secret}`, expiresAt };
  });
}

type SetupState = "ready" | "bad-link" | "closed";

/** State of the set-up page for a token: the form, "ask for a new link", or nothing at all. */
export async function setupState(token: string | null, deps: ControlDeps): Promise<SetupState> {
  if (!(await isSetupOpen(deps.db))) return "closed";
  const link = token ? await liveLink(deps.db, "setup", hashSecret(token), deps.now()) : null;
  return link ? "ready" : "bad-link";
}
