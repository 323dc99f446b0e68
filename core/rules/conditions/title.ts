import { yesNoCondition } from "./yes-no-kind.ts";

interface TitleFacts {
  /** A small question with a fixed format of response. Computed only when a rule about this model depends on it. */
  readonly titleLike: boolean;
}

/** Whether the request is a small question such as a session's title. Reads the body, so it is tried late. */
export const title = yesNoCondition({
  name: "title",
  field: "titleLike",
  key: "title_like",
  cost: 1,
  answer: (facts: TitleFacts) => facts.titleLike,
  facts: (said) => ({ titleLike: said === true }),
  isAssumed: false,
  explained: { missing: "this is no title request", present: "this is a title request" },
  described: { yes: "it is a title request", no: "it is no title request" },
  chips: { yes: "titles", no: "no titles" },
  form: { kind: "origin", label: "title of a session" },
  guide: {
    must: "be (or not be) a small question such as a session's title: no tools, an answer by JSON schema, no cache markers, at most 16 kB",
  },
});
