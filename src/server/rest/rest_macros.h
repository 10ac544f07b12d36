// RK_REST_ASSIGN(auto x, rest.proxy().F()): declares or assigns, or fails the call and returns. Only for the
// functions of routes, whose arguments are `rest` and `call`.
#pragma once

#include "base/status.h"

#define RK_REST_ASSIGN(lhs, expr) RK_REST_ASSIGN_(RK_CONCAT(rk_rest_, __LINE__), lhs, expr)
#define RK_REST_ASSIGN_(tmp, lhs, expr) \
  auto tmp = (expr);                    \
  if (!tmp.ok()) {                      \
    rest.Fail(call, tmp.status());      \
    return;                             \
  }                                     \
  lhs = std::move(tmp).value()
/// Fails the call and returns when `expr` (a Status) is not ok.
#define RK_REST_CHECK(expr)                                        \
  do {                                                             \
    if (::redkite::Status rk_status_ = (expr); !rk_status_.ok()) { \
      rest.Fail(call, rk_status_);                                 \
      return;                                                      \
    }                                                              \
  } while (0)
