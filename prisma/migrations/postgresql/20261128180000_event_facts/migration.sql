-- More evidence of the conversation, the facts a rule decided by, and why a prompt was cached again. Null for requests recorded before.
ALTER TABLE "request_event" ADD COLUMN     "facts" TEXT,
ADD COLUMN     "tool_results" INTEGER,
ADD COLUMN     "tool_errors" INTEGER,
ADD COLUMN     "interrupted" INTEGER,
ADD COLUMN     "compacted" INTEGER,
ADD COLUMN     "cache_cause" TEXT;
