import { memberEdits } from "#core/json-index/json-members.ts";
import { editBytes } from "#core/protocol/splice.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { type AdaptEdit, type Skip, skip } from "../adapt/adaptation.ts";
import { findMember, type Message } from "../adapt/read-messages.ts";
import { buildReminders } from "../adapt/reminders.ts";
import type { Rewrite } from "../adapt/rewrite.ts";
import { ephemeral, hi, system, tool } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

// One file for four codes. A system message is moved together with what is cut out of the messages around it.
const E12 = defineCode({
  code: "E12",
  words: "effort of a single message",
  field: "messages.output_config",
  actions: ["drop", "skip"],
});
const E13 = defineCode({
  code: "E13",
  words: "system messages in the conversation",
  field: "messages",
  actions: ["move", "skip"],
});
const E14 = defineCode({
  code: "E14",
  words: "tools added or removed in mid-conversation",
  field: "messages",
  actions: ["skip"],
});
const E15 = defineCode({
  code: "E15",
  words: "system messages that end (clear_at)",
  field: "messages.clear_at",
  actions: ["skip"],
});

const EFFORT_BETAS = ["per-turn-control", "mid-conversation-output-config"];
const SYSTEM_BETAS = ["mid-conversation-system", "mid-conversation-tool-changes"];

/** Rewrites what the served model does not accept inside the conversation. Same history, same bytes, on every turn. */
export const conversation = defineHazard({
  codes: [E12, E13, E14, E15],
  step: { of: "conversation", run: rewrite },
  inside: { capabilities: ["systemRoleMessages", "perMessageEffort", "computerTool"], toolMembers: [] },
  betas: [
    { names: EFFORT_BETAS, isUnused: (can) => can.perMessageEffort === false },
    { names: SYSTEM_BETAS, isUnused: (can) => can.systemRoleMessages === false },
  ],
  refusals: [
    {
      at: "each message",
      refuse(message, path, { can }) {
        const isRefused = can.systemRoleMessages === false && !can.unverified.includes("system_role_messages");
        if (message.role === "system" && isRefused)
          return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
        if (message.output_config !== undefined && can.perMessageEffort !== true)
          return `${path}.output_config: Extra inputs are not permitted`;
        if (message.clear_at !== undefined && can.computerTool?.startsWith(WITH_CLEAR_AT) !== true)
          return `${path}.clear_at: Extra inputs are not permitted`;
        return null;
      },
    },
  ],
  // Long because it is one table: the requests that show these hazards.
  examples: () => ({
    E12: [
      {
        what: "the effort of single messages is cut out, with its beta",
        from: "opus-5-5",
        to: "opus-4-8",
        body: { messages: [hi, system({ output_config: { effort: "low" } })] },
        betas: "per-turn-control-2026-07-01",
        refusal: /messages.1.output_config: Extra inputs/,
        sent: { messages: [hi, system()] },
        sentBetas: "",
        edits: ["E12 messages.output_config drop", "E35 anthropic-beta drop"],
      },
    ],
    E13: [
      {
        what: "system messages become reminders of the turn before, markers kept",
        from: "opus-5-5",
        to: "sonnet-4-6",
        body: { messages: [hi, system({}, ephemeral)] },
        refusal: /Unexpected role "system"/,
        sent: {
          messages: [
            {
              role: "user",
              content: [
                { type: "text", text: "hi" },
                { type: "text", text: "<system-reminder>\nbe brief\n</system-reminder>", ...ephemeral },
              ],
            },
          ],
        },
        edits: ["E13 messages move"],
      },
    ],
    E14: [
      {
        what: "tools added in mid-conversation keep the model",
        from: "opus-5-5",
        to: "sonnet-4-6",
        body: { messages: [hi, { role: "system", content: [{ type: "tool_addition", tools: [tool] }] }] },
        refusal: /Unexpected role "system"/,
        sent: { skip: "E14" },
        edits: ["E14 messages skip"],
      },
    ],
    E15: [
      {
        what: "system messages that end keep the model",
        from: "opus-5-5",
        to: "opus-5",
        body: { messages: [hi, system({ clear_at: "next_user_turn" })] },
        refusal: /clear_at: Extra inputs/,
        sent: { skip: "E15" },
        edits: ["E15 messages.clear_at skip"],
      },
    ],
  }),
});

function rewrite(draft: Rewrite): Skip | null {
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
  const cuts = new Map(efforts.map((message) => [message, buildCuts(message)]));
  if (efforts.length > 0) noteEfforts(draft, efforts.length);
  if (!isMoving) draft.edits.push(...[...cuts.values()].flat());
  else return move(draft, cuts, systems.length);
  return null;
}

/** No capability names `clear_at`; the models that accept it are those with this computer tool, one generation. */
const WITH_CLEAR_AT = "computer_toolset_";

function systemsThatEnd({ can, served }: Rewrite, systems: readonly Message[]): Skip | null {
  const isTaken = can?.systemRoleMessages === true && can.computerTool?.startsWith(WITH_CLEAR_AT) === true;
  if (isTaken || systems.every((message) => findMember(message, "clear_at") === null)) return null;
  return skip("E15", `${served} does not take system messages that end (clear_at)`);
}

function effortsUnknown({ can, served }: Rewrite, asked: readonly Message[]): Skip | null {
  if (can !== null && can.perMessageEffort !== null) return null;
  return asked.length > 0 ? skip("E12", `whether ${served} takes an effort per message is not known`) : null;
}

/** E13, and the skips of E14 where a system message holds more than text. */
function move(draft: Rewrite, cuts: ReadonlyMap<Message, AdaptEdit[]>, count: number): Skip | null {
  const moved = buildReminders(draft.input.bytes, draft.conversation, cuts);
  if (!Array.isArray(moved)) return moved;
  draft.edits.push(...moved);
  draft.note(E13, "move", `${count} system ${pluralize(count, "message")} → reminders in the user's turn`);
  for (const beta of SYSTEM_BETAS) draft.droppedBetas.add(beta);
  return null;
}

function noteEfforts(draft: Rewrite, count: number): void {
  draft.note(E12, "drop", `effort of ${formatCounted(count, "message")} left out`);
  for (const beta of EFFORT_BETAS) draft.droppedBetas.add(beta);
}

const NO_OUTPUT_CONFIG = new Map([["output_config", null]]);

const buildCuts = (message: Message): AdaptEdit[] =>
  memberEdits(message.start, message.members, NO_OUTPUT_CONFIG).map(({ start, end, text }) => ({
    start,
    end,
    bytes: editBytes(text),
    code: "E12",
    why: "effort of one message left out",
  }));
