-- CreateTable
CREATE TABLE "price_version" (
    "number" INTEGER NOT NULL,
    "toml" TEXT NOT NULL,
    "toml_hash" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "token_name" TEXT,
    "based_on" INTEGER,
    "rolled_back_to" INTEGER,
    "saved_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "price_version_pkey" PRIMARY KEY ("number")
);

