import * as z from "zod";
import { publicWriteRoute } from "#app/_server/route.ts";
import { usePasswordReset } from "#control/team/reset-password.ts";

export const POST = publicWriteRoute(z.looseObject({}), ({ input, address, deps }) =>
  usePasswordReset(input, address, deps),
);
