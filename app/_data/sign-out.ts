import { paths } from "#app/paths.ts";
import { sendJson } from "./get-json.ts";

/** Ends the session of this browser and returns to the sign-in page; a session that is over already ends there too. */
export const signOut = (): void => {
  void sendJson("POST", "/api/sign-out")
    .catch(() => undefined)
    .then(() => location.assign(paths.signIn()));
};
