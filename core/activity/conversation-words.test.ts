import { expect, it } from "vitest";
import { conversationWords } from "./conversation-words.ts";

const nothing = {
  messages: null,
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
  const turn = { messages: 14, newToolResults: 3, newToolErrors: 2, humanTurn: false, repeatedCalls: 2, toolUses: 1 };

  expect(conversationWords(turn)).toEqual([
    "14th message",
    "3 new tool results",
    "2 tool errors",
    "same call 3 times",
    "asked for 1 tool call",
  ]);
  expect(conversationWords({ ...nothing, messages: 1, humanTurn: true, newToolResults: 0, newToolErrors: 0 })).toEqual([
    "1st message",
    "a person wrote the last",
  ]);
  expect([11, 22, 103].flatMap((messages) => conversationWords({ ...nothing, messages }))).toEqual([
    "11th message",
    "22nd message",
    "103rd message",
  ]);
});
