import { signOut as nextAuthSignOut } from "next-auth/react";
import { paths } from "#app/paths.ts";

/** Ends the session in this browser and returns to the sign-in page. */
export const signOut = (): void => {
  void nextAuthSignOut({ callbackUrl: paths.signIn() });
};
