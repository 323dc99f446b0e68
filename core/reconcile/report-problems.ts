import type { ReportProblem } from "./bill-record.ts";

/** Problems that one answer names; the first ones say what is wrong with the rest. */
const PROBLEMS_MAX = 20;

/** Thrown when a report cannot be read any further. */
export class ReportError extends Error {
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.name = "ReportError";
    this.place = place;
  }
}

/** Collects what is wrong, row by row, so that one answer names more than the first. */
export class ProblemList {
  readonly problems: ReportProblem[] = [];

  /** Runs `read`; null where it threw a `ReportError`, which is kept. */
  collect<T>(read: () => T): T | null {
    try {
      return read();
    } catch (problem) {
      if (!(problem instanceof ReportError)) throw problem;
      if (this.problems.length < PROBLEMS_MAX) this.problems.push({ place: problem.place, message: problem.message });
      return null;
    }
  }
}

/** Refuses a second row with the same key, and names the first. */
export class SeenRows {
  private readonly places = new Map<string, string>();

  add(key: readonly unknown[], place: string): void {
    const text = JSON.stringify(key);
    const first = this.places.get(text);
    if (first !== undefined) throw new ReportError(place, `stands twice: it has the same dimensions as ${first}`);
    this.places.set(text, place);
  }
}
