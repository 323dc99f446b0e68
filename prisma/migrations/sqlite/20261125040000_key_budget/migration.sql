-- AlterTable
ALTER TABLE "proxy_key" ADD COLUMN "monthly_budget_nano_usd" BIGINT;
