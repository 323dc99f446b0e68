import { namesCondition } from "./names-kind.ts";

interface PersonFacts {
  /** Id; null when it is unknown. */
  person: string | null;
  personEmail: string | null;
}

/** Person of the request, by id or by e-mail address. */
export const person = namesCondition({
  key: "person",
  completes: "people",
  subject: "person",
  foldsCase: true,
  values: ({ person, personEmail }: PersonFacts) => (person === personEmail ? [person] : [person, personEmail]),
  shown: ({ person, personEmail }) => personEmail ?? person ?? "unknown",
  facts: (said) => ({ person: said, personEmail: said }),
  form: { kind: "text", label: "Person", placeholder: "e-mail or id", maxLength: 254 },
  guide: {
    must: "come from one of them",
    value: "ids, e-mail addresses or patterns; letter case does not count",
  },
  examples: ['person = "ada@example.com"'],
});
