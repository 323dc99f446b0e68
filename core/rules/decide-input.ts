/** Facts of one request that a rule may depend on. */
export interface DecideInput {
  model: string;
  project: string;
  /** Id or e-mail address: a rule may name either. */
  person: string | null;
  personEmail: string | null;
  team: string | null;
  /** The proxy key of the request: a rule may name its id or its name. */
  key: string | null;
  keyName: string | null;
  /** Path as received, without its query. */
  path: string;
  /**
   * Returns the value of a header by its lower-case name. Called only for headers that a rule about this model names.
   */
  header: (name: string) => string | null;
  /** Key shared by the requests of one session; null without a session. */
  sessionKey: string | null;
  /** Null on the main thread of a session. */
  agentId: string | null;
  promptTokens: number | null;
  hasTools: boolean;
  hasThinking: boolean;
  /** Computed only when a rule about this model depends on it. */
  readonly titleLike: boolean;
  nowMs: number;
}
