// FlushJob: makes what is growing in a shard into files: freeze → write → open and verify → one manifest
// edit. Restartable: a failure leaves the rows frozen in memory and in the log, and the next flush takes
// them. Thread safety: one flush per shard at a time (the shard sees to it); blocks on the disk, so run it on
// a pool of its own.
#pragma once

#include "shard/shard.h"

namespace redkite::jobs {

/// Ok also when there was nothing to flush.
Status RunFlush(shard::Shard* shard);

}  // namespace redkite::jobs
