import fc from "fast-check";
import { expect, it } from "vitest";
import { type Linked, LinkedList } from "./linked-list.ts";

class Member implements Linked<Member> {
  before: Member | null = null;
  after: Member | null = null;
  constructor(readonly id: number) {}
}

it("a linked list holds what a set would, in the same order, after any additions and removals", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 7 })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const members = Array.from({ length: 8 }, (_, id) => new Member(id));
      const list = new LinkedList<Member>();
      const set = new Set<Member>();
      for (const [isAdded, id] of all) {
        const member = members[id] as Member;
        if (isAdded) list.add(member);
        else list.remove(member);
        if (isAdded) set.add(member);
        else set.delete(member);
        expect([...list]).toEqual([...set]);
        expect(list.size).toBe(set.size);
      }
    }),
  );
});

it("a member may be removed while the list is walked, and keeps no reference to it", () => {
  const list = new LinkedList<Member>();
  const members = [1, 2, 3].map((id) => new Member(id));
  for (const member of members) list.add(member);
  const seen: number[] = [];

  for (const member of list) {
    seen.push(member.id);
    list.remove(member);
  }

  expect(seen).toEqual([1, 2, 3]);
  expect(list.size).toBe(0);
  for (const { before, after } of members) expect([before, after]).toEqual([null, null]);
});
