"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSettled } from "#app/_data/use-settled.ts";
import { replayedKinds } from "#core/alerts/replay.ts";
import { type AlertForm, parseSettings } from "./alert-form.ts";
import { type AlertKindView, alertQueries } from "./queries.ts";
import { replayWords } from "./words.ts";

/** Pause before the server is asked. */
const PAUSE_MS = 300;

interface Props {
  form: AlertForm;
  kind: AlertKindView;
  zone: string;
}

/**
 * How often an alert would have fired in the last 90 days with the values as they are typed. Nothing for kinds whose
 * past is not recorded, and while a value cannot be read.
 */
export function ReplayLine(props: Props) {
  return replayedKinds.some((kind) => kind === props.kind.kind) ? <Replayed {...props} /> : null;
}

function Replayed({ form, kind, zone }: Props) {
  const settings = useSettled(JSON.stringify(parseSettings(form, kind)), PAUSE_MS);
  const { data, isError, isPlaceholderData } = useQuery({
    ...alertQueries.replay(kind.kind, JSON.parse(settings) as ReturnType<typeof parseSettings>),
    placeholderData: keepPreviousData,
  });
  if (isError || settings === "null") return null;
  const words = data === undefined ? null : replayWords(data, zone);
  return (
    <p aria-live="polite" className="tn mt-4 rounded-md bg-sunken px-3 py-2 text-xs text-ink2">
      With these values:{" "}
      {words === null ? (
        "the last 90 days are being judged …"
      ) : (
        <span className={isPlaceholderData ? "opacity-60" : undefined}>
          <strong className="font-semibold text-ink">{words.fired}</strong> {words.rest}
        </span>
      )}
    </p>
  );
}
