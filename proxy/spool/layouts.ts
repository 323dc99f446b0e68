import { EVENT_FIELDS, type EventField } from "#core/activity/event-schema.ts";

/** The fields of an open and of a close row, in the order in which their values stand in it. */
interface Layout {
  open: readonly EventField[];
  close: readonly EventField[];
}

/** The kind and the version stand before the values of a row. */
export const FIRST_VALUE = 2;

/**
 * The layout that a version of the schema writes. What a session shares stands side by side, so that it can be written as one
 * piece. The first version wrote rows that were laid out by hand.
 */
export function buildLayout(version: number): Layout {
  if (version === 1) return FIRST_LAYOUT;
  const at = (time: EventField["when"]) => EVENT_FIELDS.filter(({ since, when }) => since <= version && when === time);
  return { open: [...at("open"), ...at("session")], close: [...at("open"), ...at("session"), ...at("close")] };
}

const FIRST_LAYOUT: Layout = {
  open: fieldsNamed(
    "id startedAtMs instanceId endpoint streamed requestedModel servedModel decision reason ruleId ruleVersion edits project",
    "team personId proxyKeyId sessionId agentId parentAgentId clientName clientVersion billingMode cache cacheReason requestBytes",
  ),
  close: fieldsNamed(
    "id instanceId upstreamRequestId startedAtMs endedAtMs durationMs ttfbMs endpoint streamed status ended errorType stopReason",
    "requestedModel servedModel answeredModel decision reason ruleId ruleVersion edits project team personId proxyKeyId sessionId",
    "agentId parentAgentId clientName clientVersion billingMode usage usageState serviceTier speed inferenceGeo priceVersion costs",
    "costNanoUsd baselineNanoUsd savedNanoUsd avoidedNanoUsd tokenizerRatioMilli cache cacheReason requestBytes responseBytes",
    "usageParts",
  ),
};

function fieldsNamed(...lines: string[]): EventField[] {
  const byName = new Map<string, EventField>(EVENT_FIELDS.map((field) => [field.name, field]));
  return lines.flatMap((line) => line.split(" ")).flatMap((name) => byName.get(name) ?? []);
}
