import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { publicWriteRoute } from "#app/_server/route.ts";
import { usePasswordReset } from "#control/team/reset-password.ts";

export const POST = publicWriteRoute(z.looseObject({}), ({ input, address, deps }) =>
  usePasswordReset(input, address, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
