import { expect, it } from "vitest";
import { ReaderSlots } from "./reader-slots.ts";

function places(max: number) {
  const ended: string[] = [];
  return { ended, all: new ReaderSlots<string>(max, (connection) => ended.push(connection)) };
}

it("lets the reader with most connections give up its oldest one when all places are taken", () => {
  const { all, ended } = places(4);
  for (const name of ["a1", "b1", "b2", "b3"]) all.take(name, name.slice(0, 1));
  all.take("a2", "a");
  all.take("c1", "c");

  expect(ended).toEqual(["b1", "a1"]);
});

it("never lets one reader's connections end those of others", () => {
  const { all, ended } = places(3);
  for (const name of ["a1", "b1", "c1"]) all.take(name, name.slice(0, 1));
  for (let at = 0; at < 50; at++) all.take(`m${at}`, "m");

  expect(ended.filter((name) => !name.startsWith("m"))).toHaveLength(1);
  expect(ended.filter((name) => name.startsWith("m"))).toHaveLength(49);
});

it("ends no connection while others have left", () => {
  const { all, ended } = places(2);
  for (let at = 0; at < 10; at++) {
    all.take(`a${at}`, "a");
    all.leave(`a${at}`);
  }

  expect(ended).toEqual([]);
});
