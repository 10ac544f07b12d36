// The planted bugs (base/planted.h): what each of them does wrong. `./dev sim --planted all` shows that every
// one is caught. Thread safety: constants.
#pragma once

#include <string_view>

namespace redkite::sim {

struct PlantedBugInfo {
  std::string_view name;
  std::string_view what;
};

// One a line: tools/run_sim.py reads the names.
inline constexpr PlantedBugInfo kPlantedBugs[] = {
    {"ack_before_sync", "the log acknowledges what it has not synced"},
    {"catalog_ack_before_sync", "the catalog acknowledges what it has not synced"},
    {"log_file_name_not_synced", "the directory is not synced after a new file of the log got its name"},
    {"manifest_name_not_synced", "the directory is not synced after a manifest got its name"},
    {"manifest_before_files", "a manifest names files that are not synced"},
    {"checksum_ignored", "blocks of segment files are not verified"},
    {"torn_tail_accepted", "the payload checksum of log records is not looked at"},
    {"replay_twice", "records below the checkpoint are applied again"},
    {"log_trimmed_too_far", "the log is trimmed one record too far"},
    {"flush_unpins_early", "a flush under way does not keep its records in the log"},
    {"queued_records_unpinned",
     "durable records that wait to be applied are not kept in the log after a flush"},
    {"trim_leaves_hole", "a log file that could not be removed is forgotten, and newer ones are removed"},
    {"fenced_flush_overwrites", "a flush writes files again that a manifest of unknown outcome names"},
    {"delete_lost_in_flush", "a delete that comes while its segment is flushed is dropped"},
    {"sealed_delete_not_flushed", "deletes of rows in files are not in the next flush"},
    {"sealed_delete_ignored", "reads without a filter do not look at deletes of rows in files"},
    {"upsert_forgets_delete", "an upsert leaves the old row where it is in a file"},
    {"delete_sees_future", "a delete by filter takes rows that came after its look-up"},
    {"snapshot_half_upsert", "a reader can see an upsert's delete without its rows"},
    {"iterator_sees_now", "pages of an iterator read the newest state"},
    {"filter_wrong_block", "the filter's result for one block of rows is applied to another"},
    {"index_row_off_by_one", "the rows of an index are one off"},
    {"count_forgets_growing", "counts with a filter pass over rows in memory"},
    {"timestamp_mark_lost", "the mark ahead of the timestamps is not made durable"},
    {"abandoned_flush_loses_rows", "rows of a failed flush are forgotten"},
    {"dropped_files_stay", "files of a dropped collection are not removed at the next start"},
    {"compaction_drops_late_delete", "a delete that comes while its segment is merged is dropped"},
    {"compaction_forgets_deletes", "the deletes of a merged segment are not in its files"},
    {"compaction_forgets_horizon", "reads at timestamps whose rows were dropped are answered"},
    {"compaction_ignores_retention", "rows go as soon as they are deleted"},
    {"truncation_leaves_files", "the files of a truncated collection stay named after its record went"},
    {"partial_update_overwrites", "a partial update takes back a write that came after its read"},
    {"load_state_lost", "a release is not written down"},
    {"dropped_partition_comes_back",
     "rows of a dropped partition that the log or a file still has are read after a start"},
    {"dropping_partition_is_seen", "a partition that was released is read again while it is dropped"},
    {"growing_ignores_partition", "reads of some partitions see the rows in memory of all"},
    {"partition_delete_takes_all", "a delete in one partition takes rows of all"},
    {"upsert_leaves_other_partitions", "an upsert does not look for the old row in other partitions"},
    {"alias_moves_in_two_steps",
     "an alias is taken from one collection and given to the other in two transactions"},
    {"rename_keeps_name_taken", "the old name of a renamed collection stays taken"},
    {"database_dropped_with_collections", "a database is dropped though it has collections"},
};

}  // namespace redkite::sim
