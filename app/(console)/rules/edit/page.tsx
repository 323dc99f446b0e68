import type { Metadata } from "next";
import { headers } from "next/headers";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { editorStart } from "#control/rules/editor-start.ts";
import { ruleNames } from "#control/rules/rule-names.ts";
import { rulesAccess } from "#control/rules/rules-access.ts";
import { modelChoices } from "../model-choices.ts";
import { versionIn } from "../url.ts";
import { EditClient } from "./client.tsx";

export const metadata: Metadata = { title: "Edit rules" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Editor page: rules as text, checked while typing, saved as a draft, published with a comment. */
export default async function EditRulesPage({ searchParams }: { searchParams: Search }) {
  const line = versionIn(await searchParams, "line");
  const actor = await requireActor(paths.rulesEdit(line ?? undefined));
  const deps = await controlDeps();
  const [start, access, names] = await Promise.all([
    editorStart(actor, deps),
    rulesAccess(actor, deps),
    ruleNames(actor, deps),
  ]);
  return (
    <EditClient
      start={start}
      access={access}
      models={modelChoices(deps.config.catalogue)}
      names={names}
      line={line}
      nonce={(await headers()).get("x-nonce")}
    />
  );
}
