-- Limits of people, teams and projects; a budget of plan value; whether requests of a key may name another project.
ALTER TABLE "person" ADD COLUMN "team" TEXT;
ALTER TABLE "proxy_key" ADD COLUMN "monthly_plan_nano_usd" BIGINT;
ALTER TABLE "proxy_key" ADD COLUMN "attribution" TEXT NOT NULL DEFAULT 'locked';

-- Keys that name a project or a team are locked to it. Keys that name neither had nothing a header could beat: they stay
-- free, because locking them would book the traffic of a whole installation as "default" overnight.
UPDATE "proxy_key" SET "attribution" = 'free' WHERE "project" IS NULL AND "team" IS NULL;

CREATE TABLE "holder_limits" (
    "kind" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "endpoints" TEXT NOT NULL DEFAULT 'all',
    "models" TEXT,
    "requests_per_minute" INTEGER,
    "open_requests_max" INTEGER,
    "monthly_budget_nano_usd" BIGINT,
    "monthly_plan_nano_usd" BIGINT,
    "updated_at" DATETIME NOT NULL,

    PRIMARY KEY ("kind", "holder")
);
