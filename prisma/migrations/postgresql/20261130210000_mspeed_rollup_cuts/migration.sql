-- CreateTable
CREATE TABLE "rollup_cut" (
    "cut" INTEGER NOT NULL,
    "day" TEXT NOT NULL,
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

    CONSTRAINT "rollup_cut_pkey" PRIMARY KEY ("cut","day","dims_key")
);

-- CreateTable
CREATE TABLE "rollup_cut_day" (
    "day" TEXT NOT NULL,
    "day_number" INTEGER NOT NULL,
    "cuts" INTEGER NOT NULL,

    CONSTRAINT "rollup_cut_day_pkey" PRIMARY KEY ("day")
);

-- A day that is written is read from its own rows again, also where an instance of the release before writes it. The
-- tables of the days change places with the reporting zone, so each has the triggers.
CREATE FUNCTION "rollup_cut_forget"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "rollup_cut_day" WHERE "day" IN (SELECT "day" FROM "written");
    RETURN NULL;
END
$$;

CREATE TRIGGER "rollup_cut_days_insert" AFTER INSERT ON "rollup_day"
    REFERENCING NEW TABLE AS "written" FOR EACH STATEMENT EXECUTE FUNCTION "rollup_cut_forget"();

CREATE TRIGGER "rollup_cut_days_update" AFTER UPDATE ON "rollup_day"
    REFERENCING NEW TABLE AS "written" FOR EACH STATEMENT EXECUTE FUNCTION "rollup_cut_forget"();

CREATE TRIGGER "rollup_cut_days_next_insert" AFTER INSERT ON "rollup_day_next"
    REFERENCING NEW TABLE AS "written" FOR EACH STATEMENT EXECUTE FUNCTION "rollup_cut_forget"();

CREATE TRIGGER "rollup_cut_days_next_update" AFTER UPDATE ON "rollup_day_next"
    REFERENCING NEW TABLE AS "written" FOR EACH STATEMENT EXECUTE FUNCTION "rollup_cut_forget"();
