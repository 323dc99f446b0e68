/** The steps of a first run; the first two stand on the page of the set-up link. */
export const firstRunSteps = ["Account", "Installation", "Provider", "First rule", "Connect"] as const;
