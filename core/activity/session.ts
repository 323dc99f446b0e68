import { isPlan, type MoneyRow, sumMoney } from "#core/costs/known-money.ts";
import { type DecisionFacts, decisionSentence } from "./decision-words.ts";

/** Requests of one session that were decided alike, summed. Money in nano-dollars. */
export interface SessionPart extends MoneyRow {
  agentId: string | null;
  parentAgentId: string | null;
  requestedModel: string | null;
  servedModel: string | null;
  decision: DecisionFacts["decision"];
  reason: string;
  ruleId: string | null;
  ruleVersion: number | null;
  requests: number;
  failed: number;
  firstAtMs: number;
  lastAtMs: number;
}

export interface SessionFigures {
  requests: number;
  failed: number;
  /** Requests without a known price; the money below does not contain them. */
  unpriced: number;
  /** Of those, the ones of subscription traffic: missing in the plan value, not in the cost. */
  planUnpriced: number;
  /** Null, as the two below, where it is not known. */
  costNanoUsd: string | null;
  savedNanoUsd: string | null;
  /** List-price worth of subscription traffic; not in the cost. */
  planValueNanoUsd: string | null;
  firstAtMs: number;
  lastAtMs: number;
}

/** What one agent was given for one requested model, by its newest request. */
export interface Allotment {
  requested: string;
  served: string;
  requests: number;
  why: string;
  isOverride: boolean;
}

/** The main thread (id null) or a sub-agent, with the agents it started. */
export interface AgentNode {
  agentId: string | null;
  /** Its own, without its sub-agents. */
  figures: SessionFigures;
  allotments: Allotment[];
  agents: AgentNode[];
}

/**
 * The agents of a session as a tree by their parent ids. An agent whose parent is not among the parts hangs on the main
 * thread, and so do parents that name each other: every part is in the tree exactly once.
 */
export function agentTree(
  parts: readonly SessionPart[],
  findRule: (part: SessionPart) => DecisionFacts["rule"],
): AgentNode {
  const byAgent = new Map<string | null, SessionPart[]>([[null, []]]);
  for (const part of parts) byAgent.set(part.agentId, [...(byAgent.get(part.agentId) ?? []), part]);
  const parents = new Map<string, string | null>();
  for (const [id, own] of byAgent) if (id !== null) parents.set(id, findParent(own, byAgent));
  const buildNode = (id: string | null): AgentNode => {
    const own = byAgent.get(id) ?? [];
    const children = [...parents].filter(([, parent]) => parent === id).map(([child]) => buildNode(child));
    children.sort((a, b) => a.figures.firstAtMs - b.figures.firstAtMs);
    return { agentId: id, figures: sumFigures(own), allotments: buildAllotments(own, findRule), agents: children };
  };
  for (const id of parents.keys()) if (isInCircle(id, parents)) parents.set(id, null);
  return buildNode(null);
}

/** The sums of a whole session, sub-agents included. */
export function sumFigures(parts: readonly SessionPart[]): SessionFigures {
  const sum = (amount: (part: SessionPart) => number) => parts.reduce((total, part) => total + amount(part), 0);
  const { cost, saved, planValue } = sumMoney(parts);
  return {
    requests: sum((part) => part.requests),
    failed: sum((part) => part.failed),
    unpriced: sum((part) => Number(part.unpriced)),
    planUnpriced: sum((part) => (isPlan(part.billingMode) ? Number(part.unpriced) : 0)),
    costNanoUsd: cost?.toString() ?? null,
    savedNanoUsd: saved?.toString() ?? null,
    planValueNanoUsd: planValue?.toString() ?? null,
    firstAtMs: parts.length === 0 ? 0 : Math.min(...parts.map((part) => part.firstAtMs)),
    lastAtMs: parts.length === 0 ? 0 : Math.max(...parts.map((part) => part.lastAtMs)),
  };
}

function findParent(own: readonly SessionPart[], known: ReadonlyMap<string | null, unknown>): string | null {
  const parent = own.find((part) => part.parentAgentId !== null)?.parentAgentId ?? null;
  return parent !== null && known.has(parent) ? parent : null;
}

function isInCircle(id: string, parents: ReadonlyMap<string, string | null>): boolean {
  let at = parents.get(id) ?? null;
  for (let steps = 0; at !== null && steps <= parents.size; steps += 1) {
    if (at === id) return true;
    at = parents.get(at) ?? null;
  }
  return false;
}

/** One allotment per requested model, the busiest first; the session stands at that of its newest request. */
function buildAllotments(
  own: readonly SessionPart[],
  findRule: (part: SessionPart) => DecisionFacts["rule"],
): Allotment[] {
  const allotments = new Map<string, { requests: number; newest: SessionPart }>();
  for (const part of own) {
    if (part.requestedModel === null) continue;
    const allotment = allotments.get(part.requestedModel);
    const requests = (allotment?.requests ?? 0) + part.requests;
    const newest = allotment === undefined || part.lastAtMs > allotment.newest.lastAtMs ? part : allotment.newest;
    allotments.set(part.requestedModel, { requests, newest });
  }
  return [...allotments]
    .sort(([, a], [, b]) => b.requests - a.requests)
    .map(([requested, { requests, newest }]) => ({
      requested,
      served: newest.servedModel ?? requested,
      requests,
      why: decisionSentence({
        decision: newest.decision,
        reason: newest.reason,
        requested,
        served: newest.servedModel,
        version: newest.ruleVersion,
        rule: findRule(newest),
      }),
      isOverride: newest.decision === "override",
    }));
}
