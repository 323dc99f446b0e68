-- CreateTable
CREATE TABLE "event_word" (
    "id" SERIAL NOT NULL,
    "word_key" TEXT NOT NULL,
    "long_text" TEXT,
    "used_month" INTEGER NOT NULL,

    CONSTRAINT "event_word_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "event_word_word_key_key" ON "event_word"("word_key");

-- Partitions, one for each month of UTC, are made when the first event of the month comes (store/event-partitions.ts).
-- CreateTable
CREATE TABLE "event_row" (
    "started_at_ms" BIGINT NOT NULL,
    "ended_at_ms" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "thinking_tokens" BIGINT NOT NULL,
    "input_nano_usd" BIGINT,
    "cache_write_5m_nano_usd" BIGINT,
    "cache_write_1h_nano_usd" BIGINT,
    "cache_read_nano_usd" BIGINT,
    "output_nano_usd" BIGINT,
    "web_search_nano_usd" BIGINT,
    "cost_nano_usd" BIGINT,
    "baseline_nano_usd" BIGINT,
    "saved_nano_usd" BIGINT,
    "avoided_nano_usd" BIGINT NOT NULL,
    "request_bytes" BIGINT NOT NULL,
    "response_bytes" BIGINT NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "ttfb_ms" INTEGER,
    "streamed" INTEGER NOT NULL,
    "status" INTEGER NOT NULL,
    "rule_version" INTEGER,
    "arm" INTEGER,
    "messages" INTEGER,
    "tool_results" INTEGER,
    "tool_errors" INTEGER,
    "new_tool_results" INTEGER,
    "new_tool_errors" INTEGER,
    "human_turn" INTEGER,
    "interrupted" INTEGER,
    "compacted" INTEGER,
    "repeated_calls" INTEGER,
    "tool_uses" INTEGER,
    "web_searches" INTEGER NOT NULL,
    "tokenizer_ratio_milli" INTEGER NOT NULL,
    "instance_id" INTEGER NOT NULL,
    "endpoint" INTEGER NOT NULL,
    "ended" INTEGER NOT NULL,
    "error_type" INTEGER,
    "stop_reason" INTEGER,
    "requested_model" INTEGER,
    "served_model" INTEGER,
    "answered_model" INTEGER,
    "decision" INTEGER NOT NULL,
    "reason" INTEGER NOT NULL,
    "rule_id" INTEGER,
    "edits" INTEGER,
    "project" INTEGER NOT NULL,
    "team" INTEGER,
    "person_id" INTEGER,
    "proxy_key_id" INTEGER,
    "session_id" INTEGER,
    "agent_id" INTEGER,
    "parent_agent_id" INTEGER,
    "client_name" INTEGER,
    "client_version" INTEGER,
    "billing_mode" INTEGER NOT NULL,
    "facts" INTEGER,
    "cache_cause" INTEGER,
    "usage_state" INTEGER NOT NULL,
    "service_tier" INTEGER,
    "speed" INTEGER,
    "inference_geo" INTEGER,
    "price_version" INTEGER,
    "cache" INTEGER NOT NULL,
    "cache_reason" INTEGER,
    "id" TEXT NOT NULL,
    "upstream_request_id" TEXT,
    "usage_parts" TEXT,

    CONSTRAINT "event_row_pkey" PRIMARY KEY ("id", "started_at_ms")
) PARTITION BY RANGE ("started_at_ms");

-- CreateIndex
CREATE INDEX "event_row_started_at_ms_idx" ON "event_row"("started_at_ms");

-- CreateIndex
CREATE INDEX "event_row_ended_at_ms_idx" ON "event_row"("ended_at_ms");

-- CreateIndex
CREATE INDEX "event_row_session_id_started_at_ms_idx" ON "event_row"("session_id", "started_at_ms");

-- CreateIndex
CREATE INDEX "event_row_person_id_started_at_ms_idx" ON "event_row"("person_id", "started_at_ms");

-- CreateIndex
CREATE INDEX "event_row_rule_id_started_at_ms_idx" ON "event_row"("rule_id", "started_at_ms");

-- An instance of the release before may try a batch again whose events have been moved from its table meanwhile.
CREATE FUNCTION "request_event_moved"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Until the commit no instance of this release moves or writes events: it would miss these, or these would miss it.
    PERFORM pg_advisory_xact_lock(72707371);
    IF EXISTS (SELECT 1 FROM "event_row" WHERE "id" = NEW."id" AND "started_at_ms" = NEW."started_at_ms") THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;

-- CreateTrigger
CREATE TRIGGER "request_event_moved" BEFORE INSERT ON "request_event" FOR EACH ROW EXECUTE FUNCTION "request_event_moved"();
