/** Called by Next once, when the console's server has started; this file's place and name are Next's. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startAlertWatch } = await import("./app/_server/alert-watch.ts");
  startAlertWatch();
}
