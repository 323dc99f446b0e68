import { expect, it } from "vitest";
import { conversationWords } from "./conversation-words.ts";

const nothing = {
  messages: null,
  toolResults: null,
  toolErrors: null,
  interrupted: null,
  compacted: null,
  newToolResults: null,
  newToolErrors: null,
  humanTurn: null,
  repeatedCalls: null,
  toolUses: null,
};

it("says nothing of a request that was not counted", () => {
  expect(conversationWords(nothing)).toEqual([]);
});

it("says the place in the conversation and what is not zero", () => {
  const counts = { messages: 14, toolErrors: 2, newToolResults: 3, newToolErrors: 2, repeatedCalls: 2, toolUses: 1 };
  const turn = { ...counts, toolResults: 21, humanTurn: false, interrupted: false, compacted: false };

  expect(conversationWords(turn)).toEqual([
    "14th message",
    "3 new tool results",
    "18 tool results before",
    "2 tool errors",
    "same call 3 times",
    "asked for 1 tool call",
  ]);
  expect(conversationWords({ ...nothing, messages: 1, humanTurn: true, newToolResults: 0, newToolErrors: 0 })).toEqual([
    "1st message",
    "a person asked",
  ]);
  expect([11, 22, 103].flatMap((messages) => conversationWords({ ...nothing, messages }))).toEqual([
    "11th message",
    "22nd message",
    "103rd message",
  ]);
});

it("says what came before: a summary, an interrupted turn, errors that are not new", () => {
  const turn = { ...nothing, messages: 9, compacted: true, interrupted: true, newToolErrors: 1, toolErrors: 3 };

  expect(conversationWords(turn)).toEqual([
    "9th message",
    "begins with a summary",
    "after an interrupted turn",
    "1 tool error",
    "2 tool errors before",
  ]);
});
