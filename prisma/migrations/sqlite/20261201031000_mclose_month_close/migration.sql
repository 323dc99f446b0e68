-- CreateTable
CREATE TABLE "month_close" (
    "number" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "month" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "from_s" BIGINT NOT NULL,
    "to_s" BIGINT NOT NULL,
    "price_version" TEXT NOT NULL,
    "last_correction" INTEGER NOT NULL,
    "cost_nano_usd" BIGINT,
    "saved_nano_usd" BIGINT,
    "avoided_nano_usd" BIGINT,
    "plan_value_nano_usd" BIGINT,
    "corrected_nano_usd" BIGINT NOT NULL,
    "plan_corrected_nano_usd" BIGINT NOT NULL,
    "requests" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,
    "batch_requests" BIGINT NOT NULL,
    "batch_nano_usd" BIGINT NOT NULL,
    "batch_plan_nano_usd" BIGINT NOT NULL,
    "other_nano_usd" BIGINT NOT NULL,
    "other_plan_nano_usd" BIGINT NOT NULL,
    "comment" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "token_name" TEXT,
    "at" DATETIME NOT NULL,
    "reopened_at" DATETIME,
    "reopened_by" TEXT,
    "reopen_comment" TEXT
);

-- CreateIndex
CREATE INDEX "month_close_month_idx" ON "month_close"("month");
