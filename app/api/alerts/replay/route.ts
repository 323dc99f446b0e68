import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { readReplay } from "#control/alerts/replay.ts";

const number = z.coerce.number();
const replayQuery = z.strictObject({
  kind: z.string(),
  threshold: number,
  minimumSample: number,
  holdS: number,
  coolDownS: number,
});

export const GET = readRoute("alerts.read", replayQuery, ({ actor, query, deps }) => readReplay(actor, query, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
