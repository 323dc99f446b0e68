import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { controlDeps } from "#control/deps.ts";
import { editorStart } from "#control/rules/editor-start.ts";
import { may } from "#core/access/permissions.ts";
import { starterRules } from "#core/rules/starter-rules.ts";
import { ProviderStep } from "./provider-step.tsx";
import { RuleStep } from "./rule-step.tsx";

export const metadata: Metadata = { title: "First run" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** First run after the account: check the provider, choose a first rule. Both can be opened again later. */
export default async function FirstRunPage({ searchParams }: { searchParams: Search }) {
  const { step } = await searchParams;
  const actor = await requireActor(paths.firstRun());
  if (!may(actor, "settings.change") || !may(actor, "rules.publish")) redirect(paths.connect());
  const deps = await controlDeps();
  if (step !== "rule") return <ProviderStep hasOperatorKey={deps.config.callerKeys.hasOperatorKey} />;
  const { live, file, context } = await editorStart(actor, deps);
  const { catalogue, today, zone } = context;
  const parsed = parseOverridesToml(live.toml, context);
  return (
    <RuleStep
      rules={starterRules(catalogue, today, zone)}
      live={live}
      isPaused={parsed.ok && !parsed.ruleSet.enabled}
      file={file}
      priceDay={catalogue.asOf}
    />
  );
}
