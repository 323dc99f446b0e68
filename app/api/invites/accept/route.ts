import * as z from "zod";
import { publicWriteRoute } from "#app/_server/route.ts";
import { acceptInvite } from "#control/team/accept-invite.ts";

export const POST = publicWriteRoute(z.looseObject({}), ({ input, address, deps }) =>
  acceptInvite(input, address, deps),
);
