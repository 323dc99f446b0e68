-- CreateTable
CREATE TABLE "bill_import" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "first_day" TEXT NOT NULL,
    "last_day" TEXT NOT NULL,
    "day_count" INTEGER NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "via" TEXT NOT NULL,
    "imported_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "bill_day" (
    "kind" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "import_id" TEXT NOT NULL,
    "records" TEXT NOT NULL,

    PRIMARY KEY ("kind", "day")
);

