const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether a text can be the id of a batch. All that is recorded of batches is under such an id. */
export const isBatchId = (text: unknown): text is string => typeof text === "string" && ID.test(text);
