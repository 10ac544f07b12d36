#include "io/mem_object_store.h"

#include <algorithm>

namespace redkite::io {
namespace {

Status Refused(std::string_view key) {
  return {Code::kServiceUnavailable, "object store refuses, try again: " + std::string(key)};
}

Status NoAnswer(std::string_view key) {
  return {Code::kTimeout, "object store does not answer: " + std::string(key)};
}

Status NotFound(std::string_view key) { return {Code::kKeyNotFound, "no such object: " + std::string(key)}; }

}  // namespace

void MemObjectStore::FailNth(ObjectOp op, uint64_t nth, ObjectFault fault) {
  MutexLock lock(mutex_);
  const auto i = static_cast<size_t>(op);
  planned_[i].push_back({ops_[i] + nth, fault});
}

void MemObjectStore::SetFaultRate(uint32_t per_mille) {
  MutexLock lock(mutex_);
  fault_per_mille_ = per_mille;
}

void MemObjectStore::SetBeforeOp(std::function<void(ObjectOp, std::string_view)> before) {
  MutexLock lock(mutex_);
  before_ = std::move(before);
}

void MemObjectStore::Heal() {
  MutexLock lock(mutex_);
  fault_per_mille_ = 0;
  planned_.fill({});
  for (Change& change : std::exchange(under_way_, {})) ApplyLocked(std::move(change));
}

uint64_t MemObjectStore::op_count(ObjectOp op) const {
  MutexLock lock(mutex_);
  return ops_[static_cast<size_t>(op)];
}

void MemObjectStore::Before(ObjectOp op, std::string_view key) {
  std::function<void(ObjectOp, std::string_view)> before;
  {
    MutexLock lock(mutex_);
    before = before_;
  }
  if (before) before(op, key);
}

std::optional<ObjectFault> MemObjectStore::EnterLocked(ObjectOp op) {
  const auto i = static_cast<size_t>(op);
  ++ops_[i];
  // What was sent before and not answered may arrive now.
  while (!under_way_.empty() && random_.Below(2) == 0) {
    Change change = std::move(under_way_.front());
    under_way_.erase(under_way_.begin());
    ApplyLocked(std::move(change));
  }
  for (const Planned& planned : planned_[i]) {
    if (planned.at == ops_[i]) return planned.fault;
  }
  if (fault_per_mille_ > 0 && random_.Below(1000) < fault_per_mille_) {
    return static_cast<ObjectFault>(random_.Below(3));
  }
  return std::nullopt;
}

// ---- read

Result<ObjectPart> MemObjectStore::Get(std::string_view key, ObjectRange range) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  Before(ObjectOp::kGet, key);
  MutexLock lock(mutex_);
  const auto fault = EnterLocked(ObjectOp::kGet);
  if (fault == ObjectFault::kRefused) return Refused(key);
  if (fault == ObjectFault::kUnknown) return NoAnswer(key);
  const auto it = objects_.find(key);
  if (it == objects_.end()) return NotFound(key);
  const Object& object = it->second;
  const uint64_t size = object.bytes.size();
  if (range.length == ObjectRange::kToEnd) range.length = size - std::min(range.offset, size);
  if (range.offset > size || range.length > size - range.offset) {
    return Status(Code::kUnexpectedEof,
                  "range ends behind the object's " + std::to_string(size) + " bytes: " + std::string(key));
  }
  if (fault == ObjectFault::kLostAnswer) {
    return Status(Code::kServiceUnavailable,
                  "answer of " + std::to_string(range.length) + " bytes was cut short: " + std::string(key));
  }
  return ObjectPart{object.bytes.substr(range.offset, range.length), {size, object.etag}};
}

Result<ObjectInfo> MemObjectStore::Head(std::string_view key) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  Before(ObjectOp::kHead, key);
  MutexLock lock(mutex_);
  const auto fault = EnterLocked(ObjectOp::kHead);
  if (fault) return fault == ObjectFault::kRefused ? Refused(key) : NoAnswer(key);
  const auto it = objects_.find(key);
  if (it == objects_.end()) return NotFound(key);
  return ObjectInfo{it->second.bytes.size(), it->second.etag};
}

Result<ObjectPage> MemObjectStore::List(std::string_view prefix, std::string_view after, size_t limit) {
  if (limit == 0) return Status::Invalid("a page of objects holds at least one: 0");
  limit = std::min(limit, kMaxObjectsPerPage);
  Before(ObjectOp::kList, prefix);
  MutexLock lock(mutex_);
  const auto fault = EnterLocked(ObjectOp::kList);
  if (fault) return fault == ObjectFault::kRefused ? Refused(prefix) : NoAnswer(prefix);
  ObjectPage page;
  auto it = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
  for (; it != objects_.end() && it->first.starts_with(prefix); ++it) {
    if (page.objects.size() == limit) {
      page.next = page.objects.back().key;
      break;
    }
    page.objects.push_back({it->first, it->second.bytes.size()});
  }
  return page;
}

// ---- write

PutOutcome MemObjectStore::ApplyLocked(Change change) {
  const auto it = objects_.find(change.key);
  const std::string current = it == objects_.end() ? std::string() : it->second.etag;
  if (change.expected_etag && *change.expected_etag != current) return {false, current};
  if (change.is_delete) {
    if (it != objects_.end()) objects_.erase(it);
    return {true, {}};
  }
  Object object{std::move(change.bytes), "etag-" + std::to_string(++generation_)};
  const std::string etag = object.etag;
  objects_.insert_or_assign(std::move(change.key), std::move(object));
  return {true, etag};
}

Result<PutOutcome> MemObjectStore::Run(ObjectOp op, Change change) {
  RK_RETURN_IF_ERROR(CheckObjectKey(change.key));
  const std::string key = change.key;
  Before(op, key);
  MutexLock lock(mutex_);
  const auto fault = EnterLocked(op);
  if (!fault) return ApplyLocked(std::move(change));
  if (fault == ObjectFault::kRefused) return Refused(key);
  const uint64_t fate = fault == ObjectFault::kLostAnswer ? 0 : random_.Below(3);
  if (fate == 0) ApplyLocked(std::move(change));
  if (fate == 1) under_way_.push_back(std::move(change));
  return NoAnswer(key);
}

Result<PutOutcome> MemObjectStore::Put(std::string_view key, std::string_view bytes) {
  return Run(ObjectOp::kPut, {std::string(key), std::string(bytes), std::nullopt, false});
}

Result<PutOutcome> MemObjectStore::PutIfAbsent(std::string_view key, std::string_view bytes) {
  return Run(ObjectOp::kPut, {std::string(key), std::string(bytes), std::string(), false});
}

Result<PutOutcome> MemObjectStore::PutIfMatch(std::string_view key, std::string_view etag,
                                              std::string_view bytes) {
  RK_RETURN_IF_ERROR(CheckObjectKey(key));
  if (etag.empty()) return Status::Invalid("etag to match is empty: " + std::string(key));
  return Run(ObjectOp::kPut, {std::string(key), std::string(bytes), std::string(etag), false});
}

Status MemObjectStore::Delete(std::string_view key) {
  return Run(ObjectOp::kDelete, {std::string(key), {}, std::nullopt, true}).status();
}

}  // namespace redkite::io
