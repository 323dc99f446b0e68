interface Templates {
  /** Switched on, of all. */
  on: number;
  all: number;
  /** The version shown: the live one, or the next. */
  version: number | null;
  /** No rule is applied while overrides are paused. */
  isPaused: boolean;
}

/** What is said of the templates of a version. While overrides are paused, one that is on applies to nothing yet. */
export function templateWords({ on, all, version, isPaused }: Templates): { title: string; note: string } {
  const title = on === 0 ? "No template is active" : `Templates in v${version}`;
  const counts = `${on} on, ${all - on} as comments`;
  return { title, note: isPaused && on > 0 ? `${counts} · overrides are off, none applies` : counts };
}

export const stepLead = (isPaused: boolean): string =>
  isPaused
    ? "Overrides are off: what you turn on here is published, and applies once they are resumed in Rules."
    : "Nothing changes for anyone until you turn one on, here or later in Rules.";
