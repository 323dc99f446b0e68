import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeOwnPassword } from "#control/team/change-own-password.ts";

/** Changes the caller's own password. Tokens cannot: their holder must not be able to lock the person out. */
export const POST = writeRoute("own-access.manage", z.looseObject({}), ({ actor, input, deps }) =>
  changeOwnPassword(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
