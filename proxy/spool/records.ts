import type { FieldsKnown } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";

/** Everything about a request that is known before it is sent upstream. */
export type OpenRecord = Pick<RequestEvent, FieldsKnown<"open" | "session">>;
