#include "sim/faults/subject.h"

#include <algorithm>

#include "base/check.h"
#include "io/file_paths.h"

namespace redkite::sim {
namespace {

constexpr int kSearchWidth = 400;  // far more than there are rows: a walk through a graph finds all
constexpr int64_t kHits = 5;

Verdict Judged(const Status& status, const std::string& wrong) {
  if (!wrong.empty()) return {Verdict::kWrong, wrong};
  if (status.ok()) return {};
  return {SaysDamage(status) ? Verdict::kRefused : Verdict::kWrong, status.ToString()};
}

}  // namespace

bool SaysDamage(const Status& status) {
  return status.code() == Code::kDataIntegrity || status.code() == Code::kOperationNotSupported;
}

std::vector<std::string> ListFiles(io::MemFileSystem* fs) {
  std::vector<std::string> files, dirs = {kDataDir};
  while (!dirs.empty()) {
    const std::string dir = dirs.back();
    dirs.pop_back();
    const auto listing = fs->List(dir);
    if (!listing.ok()) continue;
    for (const io::FileInfo& info : *listing) {
      const std::string path = io::JoinPath(dir, info.name);
      if (info.is_dir) dirs.push_back(path);
      if (!info.is_dir && info.size_bytes > 0) files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Subject::Subject(const SimConfig& config) : machine_(1, config) {}

size_t Subject::Create(const std::string& name, bool text_keys, const Params& index) {
  const Shape shape{{"", name}, text_keys, machine_.config().dim};
  CHECK(machine_.proxy().CreateCollection(MakeCreate(shape)).ok());
  CreateIndexRequest create;
  create.name = shape.name;
  create.field_name = "vec";
  create.params = index;
  CHECK(machine_.proxy().CreateIndex(create).ok());
  LoadRequest load;
  load.name = shape.name;
  CHECK(machine_.proxy().LoadCollection(load).ok());
  machine_.RunAllTasks();
  collections_.push_back({shape, {}, index[0].second == "HNSW"});
  return collections_.size() - 1;
}

void Subject::Write(size_t collection, Mutation mutation) {
  Collection& of = collections_[collection];
  Status answered = Status::Internal("no answer");
  const auto done = [&answered](Result<MutationResult> answer) { answered = answer.status(); };
  if (mutation.kind == MutationKind::kDeleteKeys) {
    DeleteRequest request;
    request.name = of.shape.name;
    request.filter = RowFilter{RowFilter::kKeys, 0, 0, mutation.keys, of.shape.text_keys, {}}.Text();
    machine_.Spawn([=, this] { machine_.proxy().Delete(request, nullptr, done); });
  } else {
    machine_.Spawn([&] { machine_.proxy().Insert(MakeInsert(of.shape, mutation), done); });
  }
  machine_.RunAllTasks();

  CHECK(answered.ok());
  mutation.cut_seq = seq_;
  Apply(mutation, ++seq_, &of.rows);
}

void Subject::Flush(size_t collection) {
  const auto answer = machine_.proxy().Flush({"", {collections_[collection].shape.name.collection}});
  CHECK(answer.ok());
  machine_.RunAllTasks();
}

std::vector<Rows> Subject::Content() const {
  std::vector<Rows> content;
  for (const Collection& collection : collections_) content.push_back(collection.rows);
  return content;
}

Verdict Subject::Judge(io::MemFileSystem* fs, const std::vector<Rows>& content) {
  const Status opened = machine_.OpenOn(fs);
  if (!opened.ok()) return Judged(opened, "");
  Verdict verdict;
  for (size_t i = 0; i < collections_.size() && verdict.kind != Verdict::kWrong; ++i) {
    std::string wrong;
    const Status status = Ask(collections_[i], content[i], &wrong);
    if (!wrong.empty()) wrong = collections_[i].shape.name.collection + ": " + wrong;
    const Verdict one = Judged(status, wrong);
    if (one.kind > verdict.kind) verdict = one;
  }
  machine_.Close();
  if (machine_.is_stuck()) return {Verdict::kWrong, "tasks wait for each other"};
  return verdict;
}

Status Subject::Ask(const Collection& collection, const Rows& rows, std::string* wrong) {
  const Shape& shape = collection.shape;
  const bool graph = collection.has_graph;
  RowFilter all, some;
  all.text_keys = some.text_keys = shape.text_keys;
  some.kind = RowFilter::kBetween;
  some.a = 2;
  some.b = 30;
  // Background work that a start begins (the build of an index that was not usable) ends first.
  machine_.RunAllTasks();
  Status first;
  for (const RowFilter& filter : {all, some}) {
    for (const Status& status : {AskCount(shape, rows, filter, wrong), AskRows(shape, rows, filter, wrong),
                                 AskSearch(shape, graph, rows, filter, wrong)}) {
      if (!wrong->empty()) return Status::Ok();
      // One that says anything but damage is wrong, whatever the others say.
      if (!status.ok() && (first.ok() || !SaysDamage(status))) first = status;
    }
  }
  return first;
}

Status Subject::AskCount(const Shape& shape, const Rows& rows, const RowFilter& filter, std::string* wrong) {
  QueryRequest request;
  request.name = shape.name;
  if (filter.kind != RowFilter::kAll) request.filter = filter.Text();
  request.output_fields = {"count(*)"};
  const auto answer = machine_.proxy().Query(request, nullptr);
  RK_RETURN_IF_ERROR(answer.status());
  const auto count = static_cast<size_t>(answer->columns[0].column.view().At<int64_t>(0));
  const size_t expected = ExpectedCount(rows, filter);
  if (count != expected && wrong->empty()) {
    *wrong = "count " + std::to_string(count) + ", expected " + std::to_string(expected);
  }
  return Status::Ok();
}

Status Subject::AskRows(const Shape& shape, const Rows& rows, const RowFilter& filter, std::string* wrong) {
  QueryRequest request;
  request.name = shape.name;
  request.filter = filter.Text();
  request.output_fields = {"*"};
  const auto answer = machine_.proxy().Query(request, nullptr);
  RK_RETURN_IF_ERROR(answer.status());
  std::vector<SeenRow> seen;
  std::string difference = ReadRows(shape, answer->columns, nullptr, &seen);
  if (difference.empty()) difference = CompareRows(seen, ExpectedRows(rows, filter));
  if (wrong->empty()) *wrong = difference;
  return Status::Ok();
}

Status Subject::AskSearch(const Shape& shape, bool through_graph, const Rows& rows, const RowFilter& filter,
                          std::string* wrong) {
  SearchAsk ask;
  ask.limit = kHits;
  ask.ef = through_graph ? kSearchWidth : 0;
  ask.filter = filter;
  for (int64_t key = 1; key <= 3; ++key) ask.queries.push_back(ContentOf(key * 7, 1).vec);
  Result<SearchResult> answer = Status::Internal("no answer");
  machine_.Spawn([&] { answer = machine_.proxy().Search(MakeSearch(shape, ask), nullptr); });
  machine_.RunAllTasks();
  RK_RETURN_IF_ERROR(answer.status());
  Recall recall;
  const std::string difference = CheckSearch(shape, ask, *answer, rows, &recall);
  if (wrong->empty() && !difference.empty()) *wrong = "search: " + difference;
  return Status::Ok();
}

}  // namespace redkite::sim
