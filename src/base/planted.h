// Planted bugs: places where a build for the simulator's own test does the wrong thing on purpose, to show
// that the simulator notices. Only with the CMake option REDKITE_PLANTED_BUGS; otherwise RK_PLANTED is the
// constant false and nothing of it is left in the program. The names are listed in sim/planted_bugs.h.
// Thread safety: PlantBug before any other thread runs.
#pragma once

#ifdef REDKITE_PLANTED_BUGS

#include <string>
#include <string_view>

namespace redkite {

inline std::string& PlantedBug() {
  static std::string* const name = new std::string;
  return *name;
}
inline void PlantBug(std::string_view name) { PlantedBug() = name; }
inline bool IsPlanted(std::string_view name) { return PlantedBug() == name; }

}  // namespace redkite

#define RK_PLANTED(name) ::redkite::IsPlanted(name)
#else
#define RK_PLANTED(name) false
#endif
