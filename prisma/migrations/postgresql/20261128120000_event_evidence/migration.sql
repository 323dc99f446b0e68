-- Evidence of the conversation: numbers only. Null for requests recorded before.
ALTER TABLE "request_event" ADD COLUMN     "arm" INTEGER,
ADD COLUMN     "messages" INTEGER,
ADD COLUMN     "new_tool_results" INTEGER,
ADD COLUMN     "new_tool_errors" INTEGER,
ADD COLUMN     "human_turn" INTEGER,
ADD COLUMN     "repeated_calls" INTEGER,
ADD COLUMN     "tool_uses" INTEGER;
