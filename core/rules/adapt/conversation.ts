import { memberEdits } from "#core/json-index/json-members.ts";
import { editBytes } from "#core/protocol/splice.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { type AdaptEdit, type Skip, skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import { findMember, type Message } from "./read-messages.ts";
import { buildReminders } from "./reminders.ts";
import type { Rewrite } from "./rewrite.ts";

/**
 * E12 to E15: rewrites what the served model does not accept inside the conversation. Same history, same bytes, on
 * every turn.
 */
export function rewriteConversation(draft: Rewrite): Skip | null {
  const { can, served } = draft;
  const unusual = draft.conversation.unusual.map((position) => draft.conversation.at(position) as Message);
  const systems = unusual.filter((message) => message.role === "system");
  const isMoving = systems.length > 0 && can?.systemRoleMessages !== true;
  if (isMoving && (can === null || can.systemRoleMessages === null)) {
    return skip("E13", `whether ${served} takes system messages in the conversation is not known`);
  }
  const asked = unusual.filter((message) => message.hasOutputConfig);
  const problem = systemsThatEnd(draft, systems) ?? effortsUnknown(draft, asked);
  if (problem !== null) return problem;
  const efforts = can?.perMessageEffort === true ? [] : asked;
  const cuts = new Map(efforts.map((message) => [message, cutOf(message)]));
  if (efforts.length > 0) noteEfforts(draft, efforts.length);
  if (!isMoving) draft.edits.push(...[...cuts.values()].flat());
  else return move(draft, cuts, systems.length);
  return null;
}

/** E18: these models do not continue a prefilled response; others do only while they do not think. */
export const prefill: Step = ({ conversation, can, served, isThinkingOn }: Draft) => {
  if (conversation.lastRole !== "assistant" || can?.prefill === "ok") return null;
  if (can?.prefill === "thinking_off" && !isThinkingOn) return null;
  return skip("E18", `${served} does not continue a prefilled answer`);
};

/** E15: no capability names it; the models that accept it are those with the computer toolset, one generation. */
function systemsThatEnd({ can, served }: Rewrite, systems: readonly Message[]): Skip | null {
  const isTaken = can?.systemRoleMessages === true && can.computerTool?.startsWith("computer_toolset_") === true;
  if (isTaken || systems.every((message) => findMember(message, "clear_at") === null)) return null;
  return skip("E15", `${served} does not take system messages that end (clear_at)`);
}

function effortsUnknown({ can, served }: Rewrite, asked: readonly Message[]): Skip | null {
  if (can !== null && can.perMessageEffort !== null) return null;
  return asked.length > 0 ? skip("E12", `whether ${served} takes an effort per message is not known`) : null;
}

function move(draft: Rewrite, cuts: ReadonlyMap<Message, AdaptEdit[]>, count: number): Skip | null {
  const moved = buildReminders(draft.input.bytes, draft.conversation, cuts);
  if (!Array.isArray(moved)) return moved;
  draft.edits.push(...moved);
  draft.note("E13", "move", `${count} system ${pluralize(count, "message")} → reminders in the user's turn`);
  draft.droppedBetas.add("mid-conversation-system").add("mid-conversation-tool-changes");
  return null;
}

function noteEfforts(draft: Rewrite, count: number): void {
  draft.note("E12", "drop", `effort of ${formatCounted(count, "message")} left out`);
  draft.droppedBetas.add("per-turn-control").add("mid-conversation-output-config");
}

const NO_OUTPUT_CONFIG = new Map([["output_config", null]]);

const cutOf = (message: Message): AdaptEdit[] =>
  memberEdits(message.start, message.members, NO_OUTPUT_CONFIG).map(({ start, end, text }) => ({
    start,
    end,
    bytes: editBytes(text),
    code: "E12",
    why: "effort of one message left out",
  }));
