-- AlterTable
ALTER TABLE "rollup_quarter" ADD COLUMN "corrected_nano_usd" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "rollup_day" ADD COLUMN "corrected_nano_usd" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "rollup_day_next" ADD COLUMN "corrected_nano_usd" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "rollup_opening" ADD COLUMN "corrected_nano_usd" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "rollup_cut" ADD COLUMN "corrected_nano_usd" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "correction" (
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "from_s" BIGINT NOT NULL,
    "to_s" BIGINT NOT NULL,
    "from_day" TEXT NOT NULL,
    "to_day" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "models" TEXT NOT NULL,
    "price_version" TEXT NOT NULL,
    "undoes" INTEGER,
    "undone_by" INTEGER,
    "requests" BIGINT NOT NULL,
    "comment" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "token_name" TEXT,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "correction_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "correction_row" (
    "correction" INTEGER NOT NULL,
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
    "old_nano_usd" BIGINT NOT NULL,
    "new_nano_usd" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
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

    CONSTRAINT "correction_row_pkey" PRIMARY KEY ("correction","bucket_s","dims_key")
);

-- CreateIndex
CREATE INDEX "correction_row_bucket_s_idx" ON "correction_row"("bucket_s");
