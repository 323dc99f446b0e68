-- Evidence of the conversation: numbers only. Null for requests recorded before.
ALTER TABLE "request_event" ADD COLUMN "arm" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "messages" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "new_tool_results" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "new_tool_errors" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "human_turn" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "repeated_calls" INTEGER;
ALTER TABLE "request_event" ADD COLUMN "tool_uses" INTEGER;
