-- CreateTable
CREATE TABLE "rollup_cache" (
    "bucket_s" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "tokens" BIGINT NOT NULL,

    PRIMARY KEY ("bucket_s", "reason")
);

-- What was recorded before. One pass over the events.
INSERT INTO "rollup_cache" ("bucket_s", "reason", "requests", "tokens")
SELECT "started_at_ms" / 900000 * 900,
       CASE WHEN "cache" = 'hit' THEN '' ELSE COALESCE(NULLIF("cache_reason", ''), 'unknown') END,
       COUNT(*),
       SUM(CASE WHEN "cache" = 'hit'
           THEN "input_tokens" + "cache_write_5m_tokens" + "cache_write_1h_tokens" + "cache_read_tokens" + "output_tokens"
           ELSE 0 END)
FROM "request_event" WHERE "cache" IN ('hit', 'bypass') GROUP BY 1, 2;
