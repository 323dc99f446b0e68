-- AlterTable
ALTER TABLE "batch" ADD COLUMN "is_creator" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "batch" ADD COLUMN "state" TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE "batch" ADD COLUMN "fetched" TEXT NOT NULL DEFAULT 'no';
ALTER TABLE "batch" ADD COLUMN "requests" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "batch" ADD COLUMN "models" TEXT;
ALTER TABLE "batch" ADD COLUMN "estimate_nano_usd" BIGINT;

-- CreateIndex
CREATE INDEX "batch_created_at_ms_idx" ON "batch"("created_at_ms");
