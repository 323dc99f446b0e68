/** The facts of one request that a rule may ask about. */
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
  /** The path as it arrived, without its query. */
  path: string;
  /** The value of a header by its lower-case name. Asked only for headers that a rule about this model names. */
  header: (name: string) => string | null;
  /** What holds the requests of one session together; null when nothing does. */
  sessionKey: string | null;
  /** Null on the main thread of a session. */
  agentId: string | null;
  promptTokens: number | null;
  hasTools: boolean;
  hasThinking: boolean;
  /** Asked only when a rule about this model asks. */
  readonly titleLike: boolean;
  nowMs: number;
}
