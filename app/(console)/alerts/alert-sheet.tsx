"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import type { FormOf } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Form, FormFailure } from "#app/_ui/form.tsx";
import { Sheet } from "#app/_ui/sheet.tsx";
import { Switch } from "#app/_ui/switch.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { type AlertForm, describeAlert } from "./alert-form.ts";
import { ChannelChoice } from "./channel-choice.tsx";
import { MessagePreview } from "./message-preview.tsx";
import { type AlertKindView, type AlertRuleView, type AlertsView, alertQueries } from "./queries.ts";
import { ReplayLine } from "./replay-line.tsx";
import { SnoozeMenu } from "./snooze-menu.tsx";
import { StateMark } from "./state-mark.tsx";
import { formatAmount } from "./typed.ts";
import { useAlertForm } from "./use-alert-form.ts";
import { useChannelTests } from "./use-channel-tests.ts";
import { findNewestMessage } from "./words.ts";

interface Props {
  alerts: AlertsView;
  kind: AlertKindView;
  /** Null: the alert is new. */
  rule: AlertRuleView | null;
  onChannels: () => void;
  onClose: () => void;
}

/** Sheet to edit an alert, or to add one; mounted while it is open. */
export function AlertSheet({ alerts, kind, rule, onChannels, onClose }: Props) {
  const form = useAlertForm({ alerts, kind, rule, onClose });
  const { isOn } = form.values;
  return (
    <Sheet
      open
      onClose={onClose}
      returnTo={() => visibleRow(rule?.id)}
      title={rule === null ? `New alert: ${kind.name}` : rule.name}
      aside={
        <Switch label="Alert" isOn={isOn} onSwitch={() => form.set({ isOn: !isOn })}>
          {isOn ? "On" : "Off"}
        </Switch>
      }
    >
      <SheetForm alerts={alerts} kind={kind} rule={rule} form={form} onChannels={onChannels} onClose={onClose} />
    </Sheet>
  );
}

function SheetForm({ alerts, kind, rule, form, onChannels, onClose }: Props & { form: FormOf<AlertForm> }) {
  const tests = useChannelTests();
  const { channels } = form.values;
  return (
    <Form form={form} className="flex min-h-full flex-col">
      {rule === null ? null : <StateSection rule={rule} zone={alerts.zone} />}
      <Section title="Condition">
        <p className="-mt-1 mb-3 text-ink2 wrap-anywhere">
          {kind.name}: {describeAlert(form.values, kind, rule ?? kind.defaults)}.
        </p>
        <ConditionFields form={form} kind={kind} rule={rule} />
        <ReplayLine form={form.values} kind={kind} zone={alerts.zone} />
      </Section>
      <Section
        title="Channels"
        aside={
          <button type="button" onClick={onChannels} className="min-h-6 text-xs font-medium text-accent">
            Manage channels
          </button>
        }
      >
        <ChannelChoice
          alerts={alerts}
          ruleId={rule?.id ?? null}
          outcomes={tests.outcomes}
          {...form.choice("channels")}
        />
      </Section>
      {rule === null ? null : <MessageSection rule={rule} alerts={alerts} />}
      <div className="sticky bottom-0 mt-auto border-t border-line bg-surface px-4 py-3 sm:px-5">
        <FormFailure form={form} className="mb-2" />
        <div className="flex flex-wrap items-center gap-2">
          {channels.length > 0 ? (
            <Button busy={tests.isBusy} onClick={() => tests.test(channels)}>
              Send test
            </Button>
          ) : null}
          {rule?.isAdded ? <RemoveAlert rule={rule} onClose={onClose} /> : null}
          <span className="ml-auto flex gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="solid" busy={form.busy}>
              {rule === null ? "Add alert" : "Save"}
            </Button>
          </span>
        </div>
      </div>
    </Form>
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-b border-line px-4 py-4 last-of-type:border-b-0 sm:px-5">
      <div className="mb-2 flex items-baseline gap-3">
        <h3 className="font-semibold">{title}</h3>
        {aside ? <div className="ml-auto">{aside}</div> : null}
      </div>
      {children}
    </section>
  );
}

/** The newest message of an alert that is there. */
function MessageSection({ rule, alerts: { history, zone, hasLinks } }: { rule: AlertRuleView; alerts: AlertsView }) {
  const newest = findNewestMessage(history, rule.id);
  return (
    <Section title="Message">
      <MessagePreview message={newest} zone={zone} hasLinks={hasLinks} />
    </Section>
  );
}

/** State and today's value of an alert that is there, and its snooze. */
function StateSection({ rule, zone }: { rule: AlertRuleView; zone: string }) {
  return (
    <section aria-label="State" className="flex items-start gap-3 border-b border-line px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1">
        <StateMark rule={rule} zone={zone} />
        {rule.now === null ? null : <p className="mt-0.5 text-xs text-ink2 wrap-anywhere">Now: {rule.now}</p>}
      </div>
      {rule.isOn ? <SnoozeMenu rule={rule} zone={zone} /> : null}
    </section>
  );
}

function ConditionFields({ form, kind, rule }: Pick<Props, "kind" | "rule"> & { form: FormOf<AlertForm> }) {
  const { threshold, sample } = kind;
  const bounds = ({ min, max, unit }: NonNullable<AlertKindView["threshold"]>) =>
    `${formatAmount(min, unit)} to ${formatAmount(max, unit)}`;
  return (
    <div className="grid items-start gap-x-3 gap-y-4 sm:grid-cols-2">
      <div className="sm:col-span-2">
        <TextField label="Name" required maxLength={60} autoComplete="off" {...form.input("name")} />
      </div>
      {threshold === null ? null : (
        <TextField
          label={threshold.label}
          required
          autoComplete="off"
          hint={rule?.now ? `now: ${rule.now}` : bounds(threshold)}
          {...form.input("threshold")}
        />
      )}
      {sample === null ? null : (
        <TextField
          label={sample.label}
          required
          autoComplete="off"
          hint={
            rule?.state === "not-enough" && rule.now ? `now: ${rule.now}` : "with less, it says how many are missing"
          }
          {...form.input("minimumSample")}
        />
      )}
      <TextField
        label="For at least"
        required
        autoComplete="off"
        hint="then it fires, and ends after as long without"
        {...form.input("hold", "holdS")}
      />
      <TextField
        label="Cool-down"
        required
        autoComplete="off"
        hint="the same thing does not fire again within it"
        {...form.input("coolDown", "coolDownS")}
      />
    </div>
  );
}

function RemoveAlert({ rule, onClose }: { rule: AlertRuleView; onClose: () => void }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const { busy, run: remove } = useAction("The alert was not removed", async () => {
    await sendJson("DELETE", `/api/alerts/${encodeURIComponent(rule.id)}`);
    await queries.invalidateQueries({ queryKey: alertQueries.all() });
    toast(`“${rule.name}” is removed`);
    onClose();
  });
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={`Remove “${rule.name}”?`}
          description="It is judged no longer. What it fired stays in the history."
          stay="Keep alert"
          go="Remove alert"
          isDamage
          busy={busy}
          onStay={() => setAsking(false)}
          onGo={() => void remove()}
        />
      ) : null}
    </>
  );
}

/** Visible link of an alert: table and phone list both contain one. */
function visibleRow(id: string | undefined): HTMLElement | null {
  if (id === undefined) return null;
  const rows = document.querySelectorAll<HTMLElement>(`[data-alert="${CSS.escape(id)}"]`);
  return [...rows].find((row) => row.offsetParent !== null) ?? null;
}
