-- What each running proxy says of its response cache.
ALTER TABLE "instance" ADD COLUMN "cache_report" TEXT;
