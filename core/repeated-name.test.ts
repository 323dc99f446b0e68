import fc from "fast-check";
import { expect, it } from "vitest";
import { findRepeatedName } from "./repeated-name.ts";

it.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":1,"\\u0061":2}', "a"],
  ['{"a":{"b":1},"c":[1,{"d":[],"d":{}}]}', "c.1.d"],
  ['[[],[{"x":{"y":0,"z":"}","y":0}}]]', "1.0.x.y"],
  ['{ "" : 1 , "" : 2 }', ""],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ['{"a":1,"b":{"a":1},"c":["a","a",{"a":"a"}],"A":"a\\",\\"a\\":"}', null],
  ['"a,a"', null],
  ["", null],
])("finds in %s the repeated name %j", (json, place) => {
  expect(findRepeatedName(json)).toBe(place);
});

it("finds none in what a program writes, and each name that is written a second time", () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), fc.nat(), (object, at) => {
      const json = JSON.stringify(object);
      expect(findRepeatedName(json)).toBeNull();
      const names = Object.keys(JSON.parse(json));
      const name = names[at % names.length];
      if (name === undefined) return;
      expect(findRepeatedName(`${json.slice(0, -1)},${JSON.stringify(name)}:[]}`)).toBe(name.slice(0, 80));
    }),
  );
});
