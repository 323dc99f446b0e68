const EVENT_STREAM = "text/event-stream";

/** Whether a content type is that of server-sent events: in any case, with or without parameters. */
export function isEventStream(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const name = contentType.slice(0, EVENT_STREAM.length);
  if (name !== EVENT_STREAM && name.toLowerCase() !== EVENT_STREAM) return false;
  return contentType.length === EVENT_STREAM.length || /^[ \t]*;/.test(contentType.slice(EVENT_STREAM.length));
}
