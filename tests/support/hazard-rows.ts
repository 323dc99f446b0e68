import { adaptive, type Example, ephemeral, hi, off } from "#core/rules/hazards/example.ts";
import { HAZARDS } from "#core/rules/hazards/registry.ts";

/** A row of the hazard table as a request. */
export interface HazardRow extends Example {
  row: string;
}

export const thought = (signature: string) => [
  hi,
  {
    role: "assistant",
    content: [
      { type: "thinking", thinking: "", signature },
      { type: "text", text: "so" },
    ],
  },
  hi,
];

/** What looks like a hazard and is left as it came: no adaptation has a code for it. */
const untouched: readonly HazardRow[] = [
  {
    row: "E32",
    what: "thinking of another model is forwarded as it is",
    from: "opus-5-5",
    to: "haiku-5-5",
    body: { messages: thought("c2lnbmVk/+==") },
    refusal: null,
    sent: { messages: thought("c2lnbmVk/+==") },
    edits: [],
  },
  {
    row: "E34",
    what: "cache markers of an hour stay",
    from: "opus-5-5",
    to: "haiku-4-5",
    body: { system: [{ type: "text", text: "you are", ...ephemeral }] },
    refusal: null,
    sent: { system: [{ type: "text", text: "you are", ...ephemeral }] },
    edits: [],
  },
  {
    row: "E40",
    what: "the display of thinking stays, with its beta",
    from: "opus-5-5",
    to: "haiku-4-5",
    body: { thinking: { type: "adaptive", display: "updates" } },
    betas: "thinking-display-updates-2026-08-18",
    refusal: /adaptive/,
    sent: { thinking: { type: "enabled", display: "updates", budget_tokens: 7999 } },
    sentBetas: "thinking-display-updates-2026-08-18",
    edits: ["E2 thinking translate"],
  },
  {
    row: "E42",
    what: "a pre-warm stays one, and thinks where no budget fits below its max_tokens no longer",
    from: "opus-5-5",
    to: "haiku-4-5",
    body: { max_tokens: 0, ...adaptive },
    refusal: /adaptive/,
    sent: { max_tokens: 0, stream: undefined, ...off },
    edits: ["E2 thinking translate"],
  },
];

/** Every example of every hazard, and what is left untouched. */
export const hazardRows: readonly HazardRow[] = [
  ...HAZARDS.flatMap(({ examples }) =>
    Object.entries(examples()).flatMap(([row, found]) => found.map((example) => ({ row, ...example }))),
  ),
  ...untouched,
];
