-- AlterTable
ALTER TABLE "batch" ADD COLUMN     "is_creator" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "state" TEXT NOT NULL DEFAULT 'pending',
ADD COLUMN     "fetched" TEXT NOT NULL DEFAULT 'no',
ADD COLUMN     "requests" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "models" TEXT,
ADD COLUMN     "estimate_nano_usd" BIGINT;

-- CreateIndex
CREATE INDEX "batch_created_at_ms_idx" ON "batch"("created_at_ms");
