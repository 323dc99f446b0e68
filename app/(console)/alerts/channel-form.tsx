"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ApiError, sendJson } from "#app/_data/get-json.ts";
import { type FormOf, useForm } from "#app/_data/use-form.ts";
import { TextAreaField, TextField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { type AddedChannel, alertQueries, type ChannelView } from "./queries.ts";

const texts = {
  slack: {
    name: "Slack",
    hint: "The address of an incoming webhook: in Slack, Apps, Incoming Webhooks. It is stored sealed, and only its host is shown.",
    placeholder: "https://hooks.slack.com/services/…",
  },
  webhook: {
    name: "Webhook",
    hint: "Each message is JSON, signed by the Standard Webhooks specification. The secret is shown once, after adding.",
    placeholder: "https://ops.example.com/hooks/cco",
  },
  email: { name: "E-mail", hint: "One address a line, at most 20.", placeholder: "oncall@example.com" },
} as const;

/** Form that adds a channel of a kind. */
export function ChannelForm({
  kind,
  zone,
  onAdded,
  onCancel,
}: {
  kind: ChannelView["kind"];
  /** In which the quiet hours are. */
  zone: string;
  onAdded: (added: AddedChannel) => void;
  onCancel: () => void;
}) {
  const queries = useQueryClient();
  const { name } = texts[kind];
  const form = useForm<Values>({ name, url: "", to: "", quietFrom: "", quietTo: "" }, async (values) => {
    const added = await sendJson<AddedChannel>("POST", "/api/alerts/channels", parseForm(kind, values));
    await queries.invalidateQueries({ queryKey: alertQueries.all() });
    toast(`Channel “${added.channel.name}” is added`, { description: "Choose it in the alerts it should be sent." });
    onAdded(added);
  });
  return (
    <section aria-label={`Add ${name}`} className="rounded-lg border border-line bg-sunken p-4">
      <DialogForm form={form} submit="Add channel" onCancel={onCancel}>
        <TextField label="Name" required maxLength={60} autoComplete="off" {...form.input("name")} />
        <DestinationField kind={kind} form={form} />
        <QuietFields zone={zone} form={form} />
      </DialogForm>
    </section>
  );
}

/** Where messages go: an address, or recipients. */
function DestinationField({ kind, form }: { kind: ChannelView["kind"]; form: FormOf<Values> }) {
  const { hint, placeholder } = texts[kind];
  const { fields } = form.problem;
  if (kind === "email") {
    const oneOfThem = Object.entries(fields).find(([field]) => field.startsWith("to."))?.[1];
    return (
      <TextAreaField
        label="Recipients"
        required
        rows={3}
        hint={hint}
        placeholder={placeholder}
        {...form.input("to")}
        error={fields.to ?? oneOfThem}
      />
    );
  }
  return (
    <TextField
      label="Address"
      type="url"
      required
      autoFocus
      autoComplete="off"
      hint={hint}
      placeholder={placeholder}
      {...form.input("url")}
    />
  );
}

function QuietFields({ zone, form }: { zone: string; form: FormOf<Values> }) {
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2">
      <TextField
        label="Quiet from"
        autoComplete="off"
        placeholder="22:00"
        hint={`Optional, ${zone}. What fires in between is sent at its end.`}
        {...form.input("quietFrom")}
      />
      <TextField label="Quiet until" autoComplete="off" placeholder="07:00" {...form.input("quietTo")} />
    </div>
  );
}

interface Values {
  name: string;
  url: string;
  to: string;
  quietFrom: string;
  quietTo: string;
}

function parseForm(kind: ChannelView["kind"], { name, url, to, quietFrom, quietTo }: Values) {
  if ((quietFrom === "") !== (quietTo === "")) {
    const fields = { [quietFrom === "" ? "quietFrom" : "quietTo"]: "Quiet hours need a beginning and an end." };
    throw new ApiError(400, "INVALID_REQUEST", "Quiet hours need a beginning and an end.", { fields });
  }
  const common = { kind, name, quietFrom: quietFrom.trim() || null, quietTo: quietTo.trim() || null };
  return kind === "email" ? { ...common, to: to.split(/[\s,;]+/).filter((one) => one !== "") } : { ...common, url };
}
