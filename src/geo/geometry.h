// Geometry: shapes of the plane as texts (WKT) and as what rows hold (WKB), and their relations, by GEOS.
//
// Thread safety: free functions over borrowed bytes, and immutable predicates; each thread has its own
// context of the library. Bytes and texts are not trusted. Coordinates of geographic shapes are degrees, x =
// longitude.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite::geo {

/// kParameterInvalid with the reason of the library, for a text that is no shape or one nested too deeply.
Result<std::string> WkbOfWkt(std::string_view wkt);
/// kDataIntegrity for bytes that are no shape.
Result<std::string> WktOfWkb(std::string_view wkb);

enum class Relation {
  kEquals,
  kTouches,
  kOverlaps,
  kCrosses,
  kContains,
  kIntersects,
  kWithin,
  kDWithin,
  kIsValid
};
/// "st_equals", … in lower case.
std::string_view RelationName(Relation relation);

std::optional<Relation> ParseRelation(std::string_view name);

class Scratch;

/// relation(shape of the row, constant shape). Prepared once.
class Predicate {
 public:
  /// "st_isvalid".
  Predicate();
  static Result<std::shared_ptr<const Predicate>> Make(Relation relation, std::string_view wkt);
  /// No farther than `meters` from a point: between points along the sphere, else by the distance in degrees.
  static Result<std::shared_ptr<const Predicate>> MakeDWithin(std::string_view wkt, double meters);
  ~Predicate();

  Relation relation() const { return relation_; }
  const std::string& wkt() const { return wkt_; }
  double meters() const { return meters_; }
  /// What one thread needs for many rows; the predicate outlives it.
  std::unique_ptr<Scratch> NewScratch() const;
  /// False also for bytes that are no shape, and where the library gives up.
  bool Holds(std::string_view wkb, Scratch* scratch) const;

 private:
  Predicate(Relation relation, std::string_view wkt, double meters);
  const Relation relation_;
  const std::string wkt_;
  const double meters_ = 0;
  std::string wkb_;
};

class Scratch {
 public:
  struct Parts;
  explicit Scratch(std::unique_ptr<Parts> parts);
  ~Scratch();
  Parts* parts() { return parts_.get(); }

 private:
  const std::unique_ptr<Parts> parts_;
};

}  // namespace redkite::geo
