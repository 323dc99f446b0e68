type Tone = "good" | "bad" | "plain";

/** One figure of the strip, in words; its small drawing is described by `chart`. */
export interface Kpi {
  label: string;
  value: string;
  exact: string | null;
  /** The change or share that is coloured, and the words after it. */
  lead: { text: string; tone: Tone } | null;
  note: string;
  foot: string;
  chart:
    | { kind: "bars"; values: (number | null)[] }
    | { kind: "split"; paid: number; saved: number; avoided: number }
    | { kind: "share"; share: number | null; tick: number | null };
}
