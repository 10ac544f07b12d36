#include "geo/geometry.h"

#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace redkite::geo {
namespace {

// Shapes within shapes: the library recurses.
constexpr int kDepthMax = 32;
constexpr double kEarthRadiusMeters = 6'371'000;
constexpr double kRadiansPerDegree = std::numbers::pi / 180;

/// The library for one thread, with its last complaint.
class Library {
 public:
  Library() : handle_(GEOS_init_r()) {
    GEOSContext_setErrorMessageHandler_r(handle_, &Library::Note, this);
    wkt_reader_ = GEOSWKTReader_create_r(handle_);
    wkb_reader_ = GEOSWKBReader_create_r(handle_);
    wkt_writer_ = GEOSWKTWriter_create_r(handle_);
    wkb_writer_ = GEOSWKBWriter_create_r(handle_);
    GEOSWKTWriter_setTrim_r(handle_, wkt_writer_, 1);
    GEOSWKTWriter_setOutputDimension_r(handle_, wkt_writer_, 3);
    GEOSWKBWriter_setOutputDimension_r(handle_, wkb_writer_, 3);
    GEOSWKBWriter_setByteOrder_r(handle_, wkb_writer_, GEOS_WKB_NDR);
  }
  ~Library() {
    GEOSWKTReader_destroy_r(handle_, wkt_reader_);
    GEOSWKBReader_destroy_r(handle_, wkb_reader_);
    GEOSWKTWriter_destroy_r(handle_, wkt_writer_);
    GEOSWKBWriter_destroy_r(handle_, wkb_writer_);
    GEOS_finish_r(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  GEOSContextHandle_t handle() const { return handle_; }
  const std::string& complaint() const { return complaint_; }
  GEOSGeometry* ReadWkt(const std::string& wkt) {
    complaint_.clear();
    return GEOSWKTReader_read_r(handle_, wkt_reader_, wkt.c_str());
  }
  GEOSGeometry* ReadWkb(std::string_view wkb) {
    complaint_.clear();
    return GEOSWKBReader_read_r(handle_, wkb_reader_, reinterpret_cast<const unsigned char*>(wkb.data()),
                                wkb.size());
  }
  std::string Wkt(const GEOSGeometry* shape) {
    char* text = GEOSWKTWriter_write_r(handle_, wkt_writer_, shape);
    std::string out = text == nullptr ? "" : text;
    GEOSFree_r(handle_, text);
    return out;
  }
  std::string Wkb(const GEOSGeometry* shape) {
    size_t size = 0;
    unsigned char* bytes = GEOSWKBWriter_write_r(handle_, wkb_writer_, shape, &size);
    std::string out = bytes == nullptr ? "" : std::string(reinterpret_cast<const char*>(bytes), size);
    GEOSFree_r(handle_, bytes);
    return out;
  }

 private:
  static void Note(const char* message, void* self) { static_cast<Library*>(self)->complaint_ = message; }
  GEOSContextHandle_t handle_;
  GEOSWKTReader* wkt_reader_;
  GEOSWKBReader* wkb_reader_;
  GEOSWKTWriter* wkt_writer_;
  GEOSWKBWriter* wkb_writer_;
  std::string complaint_;
};

Library& OfThisThread() {
  static thread_local Library library;
  return library;
}

struct ShapeDeleter {
  GEOSContextHandle_t handle;
  void operator()(GEOSGeometry* shape) const { GEOSGeom_destroy_r(handle, shape); }
};
using Shape = std::unique_ptr<GEOSGeometry, ShapeDeleter>;
struct PreparedDeleter {
  GEOSContextHandle_t handle;
  void operator()(const GEOSPreparedGeometry* shape) const { GEOSPreparedGeom_destroy_r(handle, shape); }
};
using Prepared = std::unique_ptr<const GEOSPreparedGeometry, PreparedDeleter>;

Status BadWkt(std::string_view wkt, const std::string& why) {
  constexpr size_t kShownBytes = 128;
  const std::string shown(wkt.substr(0, kShownBytes));
  return {Code::kParameterInvalid,
          "invalid WKT: " + why + ": " + shown + (wkt.size() > kShownBytes ? "..." : "")};
}

// What the library would take, or take too deep: it reads one shape and leaves what stands behind it.
Status CheckWktText(std::string_view wkt) {
  int depth = 0, deepest = 0;
  bool closed = false;  // the bracket of the shape
  for (const char c : wkt) {
    if (closed && c != ' ' && c != '\t' && c != '\n' && c != '\r')
      return BadWkt(wkt, "something stands behind the shape");
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    deepest = std::max(deepest, depth);
    closed = closed || (deepest > 0 && depth <= 0);
    if (c == '\0') return BadWkt(wkt.substr(0, wkt.find('\0')), "it has a NUL");
  }
  // The library reads not-a-number, which no bound would show.
  for (const std::string_view word : {"nan", "inf"}) {
    const auto same = [](char a, char b) { return (a | 32) == b; };
    if (std::search(wkt.begin(), wkt.end(), word.begin(), word.end(), same) != wkt.end())
      return BadWkt(wkt, "a coordinate is not finite");
  }
  if (deepest > kDepthMax) return BadWkt(wkt, "nested deeper than " + std::to_string(kDepthMax) + " levels");
  constexpr std::string_view kEmpty = "EMPTY";
  const size_t end = wkt.find_last_not_of(" \t\r\n") + 1;
  if (deepest == 0 &&
      (end < kEmpty.size() || !std::equal(kEmpty.begin(), kEmpty.end(), wkt.data() + end - kEmpty.size(),
                                          [](char a, char b) { return a == (b & ~32); })))
    return BadWkt(wkt, "no shape");
  return Status::Ok();
}

bool IsFinite(GEOSContextHandle_t handle, const GEOSGeometry* shape) {
  if (GEOSisEmpty_r(handle, shape) == 1) return true;
  double bounds[4];
  if (GEOSGeom_getXMin_r(handle, shape, &bounds[0]) != 1 ||
      GEOSGeom_getXMax_r(handle, shape, &bounds[1]) != 1 ||
      GEOSGeom_getYMin_r(handle, shape, &bounds[2]) != 1 ||
      GEOSGeom_getYMax_r(handle, shape, &bounds[3]) != 1)
    return false;
  return std::all_of(std::begin(bounds), std::end(bounds), [](double v) { return std::isfinite(v); });
}

Result<Shape> ReadWkt(std::string_view wkt, Library* library) {
  RK_RETURN_IF_ERROR(CheckWktText(wkt));
  Shape shape(library->ReadWkt(std::string(wkt)), ShapeDeleter{library->handle()});
  if (shape == nullptr) return BadWkt(wkt, library->complaint().empty() ? "no shape" : library->complaint());
  if (!IsFinite(library->handle(), shape.get())) return BadWkt(wkt, "a coordinate is not finite");
  return shape;
}

bool IsPoint(GEOSContextHandle_t handle, const GEOSGeometry* shape) {
  return GEOSGeomTypeId_r(handle, shape) == GEOS_POINT;
}

bool PointOf(GEOSContextHandle_t handle, const GEOSGeometry* shape, double* x, double* y) {
  return GEOSisEmpty_r(handle, shape) == 0 && GEOSGeomGetX_r(handle, shape, x) == 1 &&
         GEOSGeomGetY_r(handle, shape, y) == 1;
}

struct LonLat {
  double lon = 0, lat = 0;
};

/// Along the sphere (R. W. Sinnott, "Virtues of the haversine", 1984).
double MetersBetween(LonLat a, LonLat b) {
  const double lat = (b.lat - a.lat) * kRadiansPerDegree, lon = (b.lon - a.lon) * kRadiansPerDegree;
  const double s = std::sin(lat / 2), t = std::sin(lon / 2);
  const double h = s * s + std::cos(a.lat * kRadiansPerDegree) * std::cos(b.lat * kRadiansPerDegree) * t * t;
  return 2 * kEarthRadiusMeters * std::asin(std::min(1.0, std::sqrt(h)));
}

}  // namespace

struct Scratch::Parts {
  Library library;
  Shape constant{nullptr, ShapeDeleter{nullptr}};
  Prepared prepared{nullptr, PreparedDeleter{nullptr}};
};

Scratch::Scratch(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Scratch::~Scratch() {
  // In this order: the prepared shape points into the constant, both into the library.
  parts_->prepared.reset();
  parts_->constant.reset();
}

std::string_view RelationName(Relation relation) {
  constexpr std::string_view kNames[] = {"st_equals",  "st_touches",  "st_overlaps",
                                         "st_crosses", "st_contains", "st_intersects",
                                         "st_within",  "st_dwithin",  "st_isvalid"};
  return kNames[static_cast<size_t>(relation)];
}

std::optional<Relation> ParseRelation(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Relation::kIsValid); ++i) {
    if (RelationName(static_cast<Relation>(i)) == name) return static_cast<Relation>(i);
  }
  return std::nullopt;
}

Result<std::string> WkbOfWkt(std::string_view wkt) {
  Library& library = OfThisThread();
  RK_ASSIGN_OR_RETURN(const Shape shape, ReadWkt(wkt, &library));
  std::string wkb = library.Wkb(shape.get());
  if (wkb.empty()) return BadWkt(wkt, library.complaint());
  return wkb;
}

Result<std::string> WktOfWkb(std::string_view wkb) {
  Library& library = OfThisThread();
  const Shape shape(library.ReadWkb(wkb), ShapeDeleter{library.handle()});
  if (shape == nullptr) return Status::Corrupt("malformed shape: " + library.complaint());
  return library.Wkt(shape.get());
}

Predicate::Predicate() : relation_(Relation::kIsValid) {}
Predicate::Predicate(Relation relation, std::string_view wkt, double meters)
    : relation_(relation), wkt_(wkt), meters_(meters) {}
Predicate::~Predicate() = default;

Result<std::shared_ptr<const Predicate>> Predicate::Make(Relation relation, std::string_view wkt) {
  std::shared_ptr<Predicate> out(new Predicate(relation, wkt, 0));
  RK_ASSIGN_OR_RETURN(out->wkb_, WkbOfWkt(wkt));
  return std::shared_ptr<const Predicate>(std::move(out));
}

Result<std::shared_ptr<const Predicate>> Predicate::MakeDWithin(std::string_view wkt, double meters) {
  Library& library = OfThisThread();
  RK_ASSIGN_OR_RETURN(const Shape shape, ReadWkt(wkt, &library));
  if (!IsPoint(library.handle(), shape.get())) return BadWkt(wkt, "st_dwithin only supports POINT geometry");
  std::shared_ptr<Predicate> out(new Predicate(Relation::kDWithin, wkt, meters));
  out->wkb_ = library.Wkb(shape.get());
  return std::shared_ptr<const Predicate>(std::move(out));
}

std::unique_ptr<Scratch> Predicate::NewScratch() const {
  auto parts = std::make_unique<Scratch::Parts>();
  const GEOSContextHandle_t handle = parts->library.handle();
  if (!wkb_.empty()) parts->constant = Shape(parts->library.ReadWkb(wkb_), ShapeDeleter{handle});
  if (parts->constant != nullptr)
    parts->prepared = Prepared(GEOSPrepare_r(handle, parts->constant.get()), PreparedDeleter{handle});
  return std::make_unique<Scratch>(std::move(parts));
}

namespace {

bool IsNear(Scratch::Parts* parts, const GEOSGeometry* row, double meters) {
  const GEOSContextHandle_t handle = parts->library.handle();
  LonLat a, b;
  if (!PointOf(handle, parts->constant.get(), &b.lon, &b.lat)) return false;
  if (IsPoint(handle, row)) {
    return PointOf(handle, row, &a.lon, &a.lat) && MetersBetween(a, b) <= meters;
  }
  double degrees = 0;
  if (GEOSisEmpty_r(handle, row) != 0 || GEOSDistance_r(handle, row, parts->constant.get(), &degrees) != 1)
    return false;
  return degrees * kRadiansPerDegree * kEarthRadiusMeters <= meters;
}

}  // namespace

bool Predicate::Holds(std::string_view wkb, Scratch* scratch) const {
  Scratch::Parts* parts = scratch->parts();
  const GEOSContextHandle_t handle = parts->library.handle();
  const Shape row(parts->library.ReadWkb(wkb), ShapeDeleter{handle});
  if (row == nullptr) return false;
  if (relation_ == Relation::kIsValid) return GEOSisValid_r(handle, row.get()) == 1;
  if (parts->prepared == nullptr) return false;
  const GEOSPreparedGeometry* constant = parts->prepared.get();
  // The prepared shape stands on the left; contains and within turn around.
  switch (relation_) {
    case Relation::kEquals:
      return GEOSEquals_r(handle, row.get(), parts->constant.get()) == 1;
    case Relation::kTouches:
      return GEOSPreparedTouches_r(handle, constant, row.get()) == 1;
    case Relation::kOverlaps:
      return GEOSPreparedOverlaps_r(handle, constant, row.get()) == 1;
    case Relation::kCrosses:
      return GEOSPreparedCrosses_r(handle, constant, row.get()) == 1;
    case Relation::kContains:
      return GEOSPreparedWithin_r(handle, constant, row.get()) == 1;
    case Relation::kIntersects:
      return GEOSPreparedIntersects_r(handle, constant, row.get()) == 1;
    case Relation::kWithin:
      return GEOSPreparedContains_r(handle, constant, row.get()) == 1;
    case Relation::kDWithin:
      return IsNear(parts, row.get(), meters_);
    case Relation::kIsValid:
      break;
  }
  return false;
}

}  // namespace redkite::geo
