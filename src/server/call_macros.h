// RK_CALL_ASSIGN(auto request, call, wire::DecodeX(bytes)): declares or assigns, or fails the call and
// returns. Only for the RPC functions of MilvusService.
#pragma once

#include "base/status.h"

#define RK_CALL_ASSIGN(lhs, call, expr) RK_CALL_ASSIGN_(RK_CONCAT(rk_call_, __LINE__), lhs, call, expr)
#define RK_CALL_ASSIGN_(tmp, lhs, call, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) {                            \
    Fail(call, tmp.status());                 \
    return;                                   \
  }                                           \
  lhs = std::move(tmp).value()
