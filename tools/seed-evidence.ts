import type { RequestEvent } from "#core/activity/request-event.ts";
import { sharePlace, stableHash } from "#core/rules/stable-hash.ts";
import type { Session } from "./seed-event.ts";

/** Percent of turns with tools in which one of them fails. */
const TOOL_ERRORS_PERCENT = 7;

/**
 * Fills in what a request says of its conversation. Drawn from the event's id, not from the random numbers of the plan, so that
 * the traffic itself is the same with and without evidence.
 */
export function addEvidence(session: Session, event: RequestEvent, isQuestion: boolean): void {
  const [draw] = stableHash(event.id);
  if (event.ruleId !== null) event.arm = Math.floor(sharePlace(event.ruleId, session.id) / 100);
  if (isQuestion) {
    Object.assign(event, {
      messages: 1,
      newToolResults: 0,
      newToolErrors: 0,
      humanTurn: true,
      repeatedCalls: 0,
      toolUses: 0,
    });
    return;
  }
  const results = session.openToolCalls;
  event.messages = session.messages + 1;
  event.newToolResults = results;
  event.newToolErrors = results > 0 && draw % 100 < TOOL_ERRORS_PERCENT ? 1 : 0;
  event.humanTurn = results === 0;
  // An agent that fails now and then tries the same again.
  event.repeatedCalls = event.newToolErrors > 0 && draw % 3 === 0 ? 1 + (draw % 2) : 0;
  // A refused or broken request is sent again with the same conversation.
  if (event.ended !== "complete") return;
  event.toolUses = event.stopReason === "tool_use" ? 1 + (draw % 3) : 0;
  session.openToolCalls = event.toolUses;
  session.messages += 2;
}
