/** A made-up request: the same names as the API takes. */
export interface TryInput {
  model: string;
  project: string | null;
  person: string | null;
  team: string | null;
  subagent: boolean;
  promptTokens: number | null;
  hasTools: boolean;
  hasThinking: boolean;
  session: string | null;
  /** ISO instant; null is now. */
  at: string | null;
}

/** A dear model to begin with: the one most rules are about. */
export const emptyTry = (models: readonly { id: string }[]): TryInput => ({
  model: (models.find((model) => model.id.includes("opus")) ?? models[0])?.id ?? "opus",
  project: null,
  person: null,
  team: null,
  subagent: false,
  promptTokens: null,
  hasTools: false,
  hasThinking: false,
  session: "session-1",
  at: null,
});
