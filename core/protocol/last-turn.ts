import type { WalkedMessages } from "../json-index/walked-messages.ts";

/** The size of a conversation and what its newest part brought: numbers and a flag, nothing of what was said. */
export interface LastTurn {
  messages: number;
  /** Results of tools in the whole conversation. */
  toolResults: number;
  /** Those of them that the client marked as errors. */
  toolErrors: number;
  /** Results of tools behind the last message of the model. */
  newToolResults: number;
  /** Those of them that the client marked as errors. */
  newToolErrors: number;
  /**
   * Whether the part behind the last message of the model holds text beside the client's own. The client's own are its
   * reminders, marks and notes, its summary of an earlier conversation, and its request for one.
   */
  hasWords: boolean;
  /** That part holds the client's mark for a turn that a person stopped. */
  isInterrupted: boolean;
  /** The conversation begins with the client's summary of an earlier one. */
  isCompacted: boolean;
  /**
   * Number of the six tool calls before the model's last one that are the same. They have its name and its input: the
   * same members, byte for byte and in any order. Inside a member the order counts.
   */
  repeatedCalls: number;
}

/**
 * Counts a conversation, from what the walk over its body has found. The rules behind the numbers (what a person wrote,
 * what is a mark of the client, which calls are alike) are in `core/json-index/json-engine.wat`, below its export `turn`.
 */
export function readLastTurn(list: WalkedMessages): LastTurn {
  list.readTurn();
  return {
    messages: list.length,
    toolResults: list.toolResults,
    toolErrors: list.toolErrors,
    newToolResults: list.turnPart(0),
    newToolErrors: list.turnPart(1),
    hasWords: list.turnPart(2) === 1,
    isInterrupted: list.turnPart(3) === 1,
    isCompacted: list.turnPart(4) === 1,
    repeatedCalls: list.turnPart(5),
  };
}
