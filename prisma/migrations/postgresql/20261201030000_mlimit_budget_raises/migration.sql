-- CreateTable
CREATE TABLE "budget_raise" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "nano_usd" BIGINT NOT NULL,
    "created_at_ms" BIGINT NOT NULL,
    "ends_at_ms" BIGINT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,

    CONSTRAINT "budget_raise_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "budget_raise_ends_at_ms_idx" ON "budget_raise"("ends_at_ms");
