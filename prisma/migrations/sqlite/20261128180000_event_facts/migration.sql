-- More evidence of the conversation, the facts a rule decided by, and why a prompt was cached again. Null for requests recorded before.
ALTER TABLE "request_event" ADD COLUMN "facts" TEXT;
ALTER TABLE "request_event" ADD COLUMN "tool_results" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "tool_errors" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "interrupted" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "compacted" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "cache_cause" TEXT;
