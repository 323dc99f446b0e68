/**
 * Codes under which hazards are recorded. They are stored with events and shown in the console: none is ever removed or
 * given a new meaning. Each belongs to one hazard of the registry; without one the types do not check.
 */
export type HazardCode =
  | ("E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "E7" | "E8" | "E9" | "E10" | "E11" | "E12" | "E13" | "E14" | "E15")
  | ("E16" | "E17" | "E18" | "E19" | "E20" | "E21" | "E22" | "E23" | "E24" | "E25" | "E26" | "E27" | "E28" | "E29")
  | ("E30" | "E31" | "E33" | "E35")
  /** A request that two readers could read differently. */
  | "unclear";
