import { paths } from "#app/paths.ts";
import { sendJson } from "./get-json.ts";

/** Ends the session of this browser and returns to the sign-in page, also when the session is over already. */
export const signOut = (): void => {
  void sendJson("POST", "/api/sign-out")
    .catch(() => undefined)
    .then(() => location.assign(paths.signIn()));
};
