-- CreateTable
CREATE TABLE "rollup_opening" (
    "bucket_s" BIGINT NOT NULL,
    "dims_key" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "requested_model" TEXT NOT NULL,
    "served_model" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "rule_version" INTEGER NOT NULL,
    "project" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "proxy_key_id" TEXT NOT NULL,
    "billing_mode" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "cancelled" BIGINT NOT NULL,
    "truncated" BIGINT NOT NULL,
    "overrides" BIGINT NOT NULL,
    "fallbacks" BIGINT NOT NULL,
    "skips" BIGINT NOT NULL,
    "cache_hits" BIGINT NOT NULL,
    "cache_misses" BIGINT NOT NULL,
    "cache_bypasses" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
    "estimated" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "cache_write_5m_tokens" BIGINT NOT NULL,
    "cache_write_1h_tokens" BIGINT NOT NULL,
    "cache_read_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "thinking_tokens" BIGINT NOT NULL,
    "web_searches" BIGINT NOT NULL,
    "input_nano_usd" BIGINT NOT NULL,
    "cache_write_5m_nano_usd" BIGINT NOT NULL,
    "cache_write_1h_nano_usd" BIGINT NOT NULL,
    "cache_read_nano_usd" BIGINT NOT NULL,
    "output_nano_usd" BIGINT NOT NULL,
    "web_search_nano_usd" BIGINT NOT NULL,
    "cost_nano_usd" BIGINT NOT NULL,
    "baseline_nano_usd" BIGINT NOT NULL,
    "saved_nano_usd" BIGINT NOT NULL,
    "avoided_nano_usd" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "ttfb_ms" BIGINT NOT NULL,
    "ttfb_count" BIGINT NOT NULL,
    "last_at_ms" BIGINT NOT NULL,

    PRIMARY KEY ("bucket_s", "dims_key")
);

-- CreateTable
CREATE TABLE "rollup_cache_opening" (
    "bucket_s" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "tokens" BIGINT NOT NULL,

    PRIMARY KEY ("bucket_s", "reason")
);

-- CreateTable
CREATE TABLE "counted_event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ended_at_ms" BIGINT NOT NULL
);
