import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { connectStatus } from "#control/connect/status.ts";

export const GET = readRoute("connect.use", z.looseObject({}), ({ actor, query, deps }) =>
  connectStatus(actor, query, deps),
);
