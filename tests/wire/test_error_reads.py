"""Error contract, rows 52 to 62: reads."""

import pytest
from conftest import DIM
from error_contract import Cases, KEY, ZERO, shared_world, vector_field, world  # noqa: F401

case = Cases()

# ---- 52 to 62: reads

for topk in (0, -1, 16385, 2**31, 2**62):
    case("52", f"topk-{topk}", 1100, f"topk [{topk}] is invalid, it should be in range [1, 16384], but got {topk}", lambda w, k=topk: w.search({"topk": k}))
case("52", "topk-giant", 1100, "topk [", lambda w: w.search({"topk": 10**30}))
case("52", "offset-sum", 1100, "offset+topk [16390] is invalid, ", lambda w: w.search({"topk": 10, "offset": 16380}))
case("52", "offset-negative", 1100, "offset [-1] is invalid", lambda w: w.search({"offset": -1}))
case("52", "offset-over", 1100, "offset [16385] is invalid", lambda w: w.search({"offset": 16385}))
for limit, offset, total in ((16385, None, 16385), (10, 16380, 16390), (2**40, None, 2**40)):
    case("53", f"window-{total}", 1100, f"invalid max query result window, (offset+limit) should be in range [1, 16384], but got {total}",
         lambda w, n=limit, o=offset: w.query(params={"limit": n, "offset": o}))  # fmt: skip
for limit in (0, -5):
    case("53", f"limit-{limit}", 1100, f"limit [{limit}] is invalid, should be greater than 0", lambda w, n=limit: w.query(params={"limit": n}))
case("54", "over", 1100, "nq [16385] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 16385", lambda w: w.search(vectors=[ZERO] * 16385))
case("54", "none", 1100, "nq [0] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 0", lambda w: w.search(vectors=[]))
for digits in (7, -2, "1.5", "x"):
    case("55", str(digits), 1100, f"round_decimal [{digits}] is invalid, should be -1 or an integer in range [0, 6]", lambda w, d=digits: w.search({"round_decimal": d}))
case("56", "none-chosen", 1100, "multiple anns_fields exist, please specify a anns_field in search_params",
     lambda w: w.search({"anns_field": None}, target=w.name), lambda w: w.own(fields=[KEY, vector_field("a"), vector_field("b")]))  # fmt: skip
for metric in ("IP", "COSINE"):
    case("57", metric, (1100, 65535), f"metric type not match: invalid parameter[expected=L2][actual={metric}]", lambda w, m=metric: w.search({"metric_type": m}))
for dim in (1, DIM - 1, DIM + 1):
    case("58", f"dim-{dim}", (65535, *range(2000, 2100)), f"vector dimension mismatch, expected vector size(byte) {4 * DIM}, actual {4 * dim}", lambda w, d=dim: w.search(vectors=[[0.0] * d]))
case("59", "empty", 1100, "empty expression should be used with limit", lambda w: w.query(""))
case("59", "blank", 1100, "empty expression should be used with limit", lambda w: w.query("  "))
case("60", "limit", 1100, "count entities with pagination is not allowed", lambda w: w.query("", output_fields=["count(*)"], params={"limit": 5}))
case("61", "query", 1100, "field nothing not exist", lambda w: w.query(output_fields=["nothing"]))
case("61", "search", 1100, "field nothing not exist", lambda w: w.search(output_fields=["nothing"]))
case("61", "subkey", 1100, 'parse output field name failed: j["a"]', lambda w: w.query(target=w.typed, output_fields=['j["a"]']))

FILTERS = {
    "half": ("id > ", ""), "unclosed": ("(id > 5", ""), "text": ("hello world", ""), "unknown": ("nothing == 1", "field nothing not exist"),
    "not-boolean": ("id", "predicate is not a boolean expression"), "arithmetic": ("id + 1", "predicate is not a boolean expression"),
    "compare": ('id == "a"', ""), "float-for-int": ("id == 1.5", ""), "in-scalar": ("id in 5", "the right-hand side of 'in' must be a list"),
    "range": ("20 < id < 10", "invalid range: lowerbound is greater than upperbound"), "exists": ("exists tag", "exists operations are only supportted on json field"),
    "like": ("id like 'a%'", "like operation on non-string or no-json field is unsupported"), "line": ("id > 5 and and id < 3", "line 1:11"),
    "vector-null": ("vector is null", "IsNull/IsNotNull operations are not supported on vector fields"), "null": ("tag == null", "is null"),
    "template": ("id == {x}", ""), "division": ("id / 0 == 1", ""), "shift": ("id << 1 == 2", ""), "large": ("id == 9223372036854775808", ""),
    "two-fields": ("id + number == 3", ""), "accessor": ('tag["a"] == 1', ""), "utf8": ("标题 == 1", ""), "nul": ("id == 1\x00", ""),
}  # fmt: skip
for name, (filter, phrase) in FILTERS.items():
    case("62", f"query-{name}", 1100, (f"failed to create query plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.query(f))
    case("62", f"search-{name}", 1100, (f"failed to create query plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.search(filter=f))
    case("62", f"delete-{name}", 1100, (f"failed to create delete plan: cannot parse expression: {filter}", phrase), lambda w, f=filter: w.raw.delete(w.base, f))
for name, filter in {"empty": "", "true": "true"}.items():
    case("62", f"delete-everything-{name}", 1100, "delete plan can't be empty or always true", lambda w, f=filter: w.raw.delete(w.base, f))


@pytest.mark.parametrize("wanted", case)
def test_row(world, wanted):
    wanted.check(world)
