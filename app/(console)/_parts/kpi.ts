type Tone = "good" | "bad" | "plain";

/** One key figure in words, with the data of its small chart. */
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
