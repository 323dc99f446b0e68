-- AlterTable
ALTER TABLE "event_row" ADD COLUMN     "batch" TEXT;

-- CreateTable
CREATE TABLE "batch" (
    "id" TEXT NOT NULL,
    "created_at_ms" BIGINT NOT NULL,
    "project" TEXT NOT NULL,
    "team" TEXT,
    "person_id" TEXT,
    "proxy_key_id" TEXT,
    "billing_mode" TEXT NOT NULL,

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);
