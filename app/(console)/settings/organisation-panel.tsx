"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { pickChanges } from "#app/_data/changes.ts";
import { getJson, sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Button } from "#app/_ui/button.tsx";
import { TextField } from "#app/_ui/field.tsx";
import { Form, FormFailure } from "#app/_ui/form.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { ZoneField } from "#app/_ui/zone-field.tsx";
import type { SettingsView } from "./queries.ts";
import { ZoneProgress } from "./zone-progress.tsx";

interface Values {
  organisation: string;
  reportingZone: string;
}

/**
 * Name of the installation and its reporting zone. All roles may read them; without permission the panel names the
 * people who may change them. Long because it is one form: what is typed decides what is sent and warned of.
 */
export function OrganisationPanel({
  initial,
  zone,
  fixedZone,
  why,
}: {
  initial: Values;
  zone: Pick<SettingsView, "zoneInForce" | "zoneChange">;
  fixedZone: string | null;
  why: string | null;
}) {
  const router = useRouter();
  const [saved, setSaved] = useState(initial);
  const present = async () => {
    const now = await getJson<SettingsView>("/api/settings");
    const loaded = { organisation: now.organisation, reportingZone: now.reportingZone };
    setSaved(loaded);
    return loaded;
  };
  const form = useForm(
    initial,
    async (values) => {
      // Only changed fields are sent: an empty name is no reason to refuse another zone.
      const changes = pickChanges(values, saved, saved);
      if (changes !== null) await sendJson("PATCH", "/api/settings", changes);
      setSaved(values);
      toast("Settings are saved");
      router.refresh();
    },
    { failureAt: "organisation", present },
  );
  const { organisation, reportingZone } = form.values;
  const isZoneMoved = reportingZone !== saved.reportingZone;
  const isSame = organisation === saved.organisation && !isZoneMoved;

  return (
    <Panel title="Organisation">
      <Form form={form}>
        <TextField
          label="Name"
          maxLength={60}
          disabled={why !== null}
          hint="Shown at the top of every page."
          {...form.input("organisation")}
        />
        <ZoneField fixed={fixedZone} disabled={why !== null} {...form.choice("reportingZone")} />
        {isZoneMoved ? (
          <p className="text-xs text-warn">
            Days are built again for the whole history; until they are complete, every page goes on in{" "}
            {zone.zoneInForce}. Reports exported before keep the days they were made with.
          </p>
        ) : null}
        <ZoneProgress inForce={zone.zoneInForce} change={zone.zoneChange} />
        <FormFailure form={form} />
        <div className="flex flex-wrap items-center gap-3">
          {why === null ? (
            <Button type="submit" look="solid" busy={form.busy} why={isSame ? "Nothing has changed." : null}>
              Save
            </Button>
          ) : (
            <p className="min-w-0 flex-1 text-xs text-ink3">{why}</p>
          )}
        </div>
      </Form>
    </Panel>
  );
}
