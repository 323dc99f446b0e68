-- AlterTable
ALTER TABLE "alert_delivery" ADD COLUMN     "taken" TEXT;

-- AlterTable
ALTER TABLE "alert_firing" ADD COLUMN     "ended_by" TEXT;
