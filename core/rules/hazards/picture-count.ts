import { list, record } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E33 = defineCode({ code: "E33", words: "number of images and pages", field: "messages", actions: ["skip"] });

/** Images and documents: none of them can be left out. */
export const pictureCount = defineHazard({
  codes: [E33],
  step: {
    of: "settings",
    run({ conversation: { blocks }, input, served }) {
      const count = blocks.images + blocks.documents;
      if (count === 0) return null;
      const most = input.target.maxImagesOrPages;
      if (most !== null && count <= most) return null;
      const limit = most === null ? "how many is not known" : `${most} at most`;
      return skip("E33", `the request holds ${count} images and documents; ${served} takes fewer (${limit})`);
    },
  },
  // No capability decides: messages are also read where the served model takes fewer pictures than the requested one.
  inside: null,
  betas: [],
  refusals: [
    {
      at: "pictures",
      refuse({ body, contains, model }) {
        const most = model.maxImagesOrPages;
        if (most === null || (!contains('"image"') && !contains('"document"'))) return null;
        const images = list(body.messages).reduce<number>((sum, message) => sum + countIn(record(message).content), 0);
        return images > most ? `messages: too many images: ${images} > ${most}` : null;
      },
    },
  ],
  examples: () => ({
    E33: [
      {
        what: "more pictures than the model takes keep the model",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: {
          messages: [
            {
              role: "user",
              content: Array.from({ length: 101 }, () => ({
                type: "image",
                source: { type: "url", url: "https://a/b" },
              })),
            },
          ],
        },
        refusal: /too many images: 101 > 100/,
        sent: { skip: "E33" },
        edits: ["E33 messages skip"],
      },
    ],
  }),
});

/** Counts images and documents of a content, those inside of tool results included. */
function countIn(content: unknown): number {
  return list(content).reduce<number>((count, item) => {
    const block = record(item);
    const isPicture = block.type === "image" || block.type === "document";
    return count + (isPicture ? 1 : block.type === "tool_result" ? countIn(block.content) : 0);
  }, 0);
}
