// The differential test of filters at any length: docs/testing.md, "Differential test of filters".
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "exec/differential/differential_fixture.h"
#include "exec/differential/sql_fixture.h"

namespace {

using namespace redkite::exec::differential;

int Usage() {
  std::fprintf(stderr,
               "usage: filter_differential [--queries N] [--seed S] [--print | --sql]\n"
               "  --queries N  how many filters (1000)\n"
               "  --seed S     the first table's seed (1); the next ones follow\n"
               "  --print      each filter, behind the number of rows that it keeps\n"
               "  --sql        plain columns only, and each table and filter as SQL on standard output\n");
  return 2;
}

/// Writes what SQL can say, for tools/filter_sql.py to compare.
void PrintSql(DifferentialOptions* options, const Table** table) {
  options->on_table = [table](const Table& next) {
    *table = &next;
    std::puts(SqlTable(next).c_str());
  };
  options->on_query = [table](const Filter& filter, const std::vector<size_t>& kept) {
    const auto sql = SqlPrinter((*table)->fields()).Print(filter);
    if (!sql) return;
    const std::string text = FilterPrinter(*(*table)->schema()).Print(filter);
    std::puts(SqlQuery(*sql, kept, text).c_str());
  };
}

void PrintFilters(DifferentialOptions* options, const Table** table) {
  options->on_table = [table](const Table& next) { *table = &next; };
  options->on_query = [table](const Filter& filter, const std::vector<size_t>& kept) {
    const std::string text = FilterPrinter(*(*table)->schema()).Print(filter);
    std::printf("%zu of %zu: %s\n", kept.size(), (*table)->rows().size(), text.c_str());
  };
}

}  // namespace

int main(int argc, char** argv) {
  DifferentialOptions options;
  options.queries = 1000;
  bool print = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--sql") {
      options.plain = true;
    } else if (option == "--print") {
      print = true;
    } else if (i + 1 < argc && option == "--queries") {
      options.queries = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && option == "--seed") {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      return Usage();
    }
  }
  const Table* table = nullptr;
  if (options.plain)
    PrintSql(&options, &table);
  else if (print)
    PrintFilters(&options, &table);
  const auto start = std::chrono::steady_clock::now();
  const DifferentialResult result = RunDifferential(options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "seed %llu: %llu queries, %llu rows looked at, %llu kept, %.1f s: %s\n",
               static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(result.queries),
               static_cast<unsigned long long>(result.rows), static_cast<unsigned long long>(result.kept),
               seconds.count(), result.difference.empty() ? "no difference" : "a difference");
  if (result.difference.empty()) return 0;
  std::fprintf(stderr, "%s", result.difference.c_str());
  return 1;
}
