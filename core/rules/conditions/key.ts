import { namesCondition } from "./names-kind.ts";

interface KeyFacts {
  /** Id; null for a request without a proxy key. */
  key: string | null;
  keyName: string | null;
}

/** Proxy key of the request, by id or by name. */
export const key = namesCondition({
  key: "key",
  completes: "keys",
  subject: "the proxy key",
  explained: "proxy key",
  foldsCase: true,
  values: ({ key, keyName }: KeyFacts) => (key === keyName ? [key] : [key, keyName]),
  shown: ({ key, keyName }) => keyName ?? key ?? "none",
  facts: (said) => ({ key: said, keyName: said }),
  form: { kind: "text", label: "Proxy key", placeholder: "name or id", maxLength: 80, isRare: true },
  guide: {
    must: "carry one of these proxy keys",
    value: "ids, names or patterns. The issuer of a key chooses its name: write the id where that matters",
  },
  examples: ['key = "CI"'],
});
