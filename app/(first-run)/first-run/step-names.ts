/** Steps of the first run; the first two are on the set-up page. */
export const firstRunSteps = ["Account", "Installation", "Provider", "First rule", "Connect"] as const;
