import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { toast } from "#app/_ui/toaster.tsx";
import type { IssuingPolicy } from "#core/access/issuing-policy.ts";
import { type IssuingForm, toIssuingForm, toIssuingPolicy } from "./issuing-form.ts";
import { type IssuingPolicyView, settingsQueries } from "./queries.ts";

/** The form of the issuing policy: only what was edited is sent, with what it was at the first edit. */
export function useIssuingForm() {
  const { data } = useSuspenseQuery(settingsQueries.issuing());
  const client = useQueryClient();
  /** The policy at the first edit; null before it, when all values follow what another person saves. */
  const [began, setBegan] = useState<IssuingPolicy | null>(null);
  const policy = began ?? data.policy;
  const saved = toIssuingForm(policy);
  const changesIn = (edited: Partial<IssuingForm>) =>
    pickChanges(toIssuingPolicy({ ...saved, ...edited }), toIssuingPolicy(saved), policy);
  const form = useForm<Partial<IssuingForm>>(
    {},
    async (edited) => {
      const view = await sendJson<IssuingPolicyView>("PUT", "/api/settings/issuing", changesIn(edited));
      client.setQueryData(settingsQueries.issuing().queryKey, view);
      setBegan(null);
      form.reset();
      toast("The policy is saved", { description: "It applies to keys issued from now on." });
    },
    {
      present: async () => {
        await client.fetchQuery({ ...settingsQueries.issuing(), staleTime: 0 });
        setBegan(null);
        return {};
      },
    },
  );
  const values = { ...saved, ...form.values };
  const isSame = changesIn(form.values) === null;
  const onChange = (edited: Partial<IssuingForm>) => {
    setBegan(policy);
    form.set(edited);
  };
  return { data, policy, values, form, isSame, onChange };
}
