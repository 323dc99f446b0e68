import * as z from "zod";
import { addressOf } from "#app/_server/origin.ts";
import { readRoute } from "#app/_server/route.ts";
import { connectStatus } from "#control/connect/status.ts";

export const GET = readRoute("connect.use", z.looseObject({}), ({ actor, query, deps, request }) =>
  connectStatus(actor, query, deps, addressOf(request.headers)),
);
