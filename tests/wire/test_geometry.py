"""Geometry fields: WKT in and out, relations as filters, what is no shape."""

import pytest
from client_calls import needs
from conftest import DIM, count, ids, vector_index
from pymilvus import DataType, MilvusException
from pymilvus.grpc_gen import schema_pb2
from raw import INT64, VARCHAR, Raw, column, expect_ok, expect_refused, vector_column

if not hasattr(DataType, "GEOMETRY"):
    pytest.skip("this client knows no Geometry", allow_module_level=True)
GEOMETRY = 24
ORIGIN = [0.0] * DIM
SHAPES = {
    0: "POINT (1 1)",
    1: "POINT (13.405 52.52)",
    2: "LINESTRING (0 0, 4 4)",
    3: "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))",
    4: "POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))",
    5: "MULTIPOINT (1 1, 9 9)",
    6: None,
    7: "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
    8: "POLYGON ((0 0, 4 4, 4 0, 0 4, 0 0))",
}


def make(client, name, **members):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("g", DataType.GEOMETRY, nullable=True, **members)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
    client.create_collection(name, schema=schema, consistency_level="Strong")
    client.create_index(name, vector_index(client))
    client.load_collection(name)


def rows(shapes=SHAPES):
    return [{"id": i, "g": g, "vector": [float(i)] + ORIGIN[1:]} for i, g in shapes.items()]


SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
FILTERS = {
    f"st_equals(g, '{SQUARE}')": [3],
    f"ST_WITHIN(g, '{SQUARE}') and id < 5": [0, 2, 3],
    f"st_intersects(g, '{SQUARE}') and id < 7": [0, 2, 3, 4, 5],
    f"not st_intersects(g, '{SQUARE}')": [1],
    "st_contains(g, 'POINT (3 3)') and id < 7": [2, 3, 4],
    "st_touches(g, 'POLYGON ((4 0, 8 0, 8 2, 4 2, 4 0))') and id < 7": [3, 4],
    f"st_overlaps(g, '{SQUARE}') and id < 7": [4],
    "st_crosses(g, 'LINESTRING (0 4, 4 0)') and id < 7": [2],
    "st_dwithin(g, 'POINT (11.5755 48.1374)', 505000)": [1],
    "st_dwithin(g, 'POINT (11.5755 48.1374)', 503000)": [],
    "st_dwithin(g, 'POINT (1 1)', 0.5)": [0, 2, 3, 5, 7, 8],
    "not st_isvalid(g)": [8],
    "g is null": [6],
    "g is not null and id < 2": [0, 1],
}


def test_shapes_and_relations(settled):
    client, settle = settled
    make(client, "c")
    client.insert("c", rows())
    client = settle("c")
    got = {r["id"]: r["g"] for r in client.query("c", filter="id >= 0", output_fields=["g"])}
    assert got == SHAPES
    for text, expected in FILTERS.items():
        assert ids(client.query("c", filter=text)) == expected, text
    hits = client.search("c", data=[ORIGIN], limit=3, filter=f"st_within(g, '{SQUARE}')", output_fields=["g"])[0]
    assert hits[0]["id"] == 0 and hits[0]["entity"]["g"] == SHAPES[0]
    assert ids(client.query("c", filter="st_within(g, {s}) and id < 5", filter_params={"s": SQUARE})) == [0, 2, 3]
    client.upsert("c", rows({0: "point(5   5)"}))
    assert client.get("c", ids=[0])[0]["g"] == "POINT (5 5)"


def test_default_values(client, name):
    make(client, name, default_value="POINT(1 2)")
    client.insert(name, [{"id": 1, "vector": ORIGIN}, {"id": 2, "g": None, "vector": ORIGIN}])
    assert {r["g"] for r in client.query(name, filter="id >= 0", output_fields=["g"])} == {"POINT (1 2)"}
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    assert described["g"]["type"] == DataType.GEOMETRY
    assert described["g"]["default_value"].string_data == "POINT (1 2)"
    client.drop_collection(name)
    with pytest.raises(MilvusException) as refused:
        make(client, name, default_value="PONT(1 2)")
    assert "invalid WKT" in refused.value.message and not client.has_collection(name)


def test_bad_rows_leave_nothing(client, name):
    make(client, name)
    deep = "GEOMETRYCOLLECTION(" * 50_000 + "POINT(1 1)" + ")" * 50_000
    for bad in ("", "POINT", "POINT (1)", "CIRCLE (1 2)", "POLYGON ((0 0, 1 1))", "POINT (1 1) POINT", deep):
        for write in (client.insert, client.upsert):
            with pytest.raises(MilvusException) as refused:
                write(name, rows({1: "POINT (1 1)", 2: bad}))
            assert refused.value.code == 1100
            assert "geometry field g, row number: 1: invalid WKT" in refused.value.message, bad[:50]
    assert count(client, name) == 0


def test_bad_filters(client, name):
    make(client, name)
    for text, phrase in {
        "st_within(id, 'POINT (1 1)')": "spatial operation are only supported on geometry fields now",
        "st_within(g, 'POINT')": "invalid WKT",
        "st_dwithin(g, 'LINESTRING (0 0, 1 1)', 5)": "only supports POINT geometry",
        "st_dwithin(g, 'POINT (0 0)', -5)": "at least 0",
        "g == 'POINT (1 1)'": "compared by the st_ functions",
        "st_union(g, 'POINT (1 1)')": "function st_union not found",
    }.items():
        with pytest.raises(MilvusException) as refused:
            client.query(name, filter=text)
        assert refused.value.code == 1100 and phrase in refused.value.message, (text, refused.value.message)


def test_indexes(client, name):
    make(client, name)
    index = client.prepare_index_params()
    index.add_index(field_name="g", index_type="RTREE")
    client.create_index(name, index)
    client.insert(name, rows())
    assert ids(client.query(name, filter=f"st_equals(g, '{SQUARE}')")) == [3]


def test_columns_on_the_wire(client, server, name):
    make(client, name)
    with Raw(server.address) as raw:
        def insert(g):
            columns = [column("id", INT64, [1, 2]), g, vector_column("vector", [ORIGIN] * 2)]
            return raw.insert(name, columns, 2)

        expect_refused(insert(column("g", VARCHAR, ["POINT (1 1)"] * 2)), 1100, "the data type of field g doesn't match its schema")
        wkb = schema_pb2.FieldData(type=GEOMETRY, field_name="g", valid_data=[True, True])
        wkb.scalars.geometry_data.data.extend([b"x", b"y"])
        expect_refused(insert(wkb), 1100, "of another type")
        texts = schema_pb2.FieldData(type=GEOMETRY, field_name="g", valid_data=[False, True])
        texts.scalars.geometry_wkt_data.data.append("POINT (1 2)")
        expect_ok(insert(texts))
        answer = expect_ok(raw.query(name, filter="id >= 0", output_fields=["g"], consistency_level=0))
        found = next(f for f in answer.fields_data if f.field_name == "g")
        assert found.type == GEOMETRY and list(found.valid_data) == [False, True]
        assert list(found.scalars.geometry_wkt_data.data) == ["", "POINT (1 2)"]


def test_old_rows_have_the_added_shape(settled):
    client, settle = settled
    name = "added"
    needs(client, "add_collection_field")
    make(client, name)
    client.insert(name, rows())
    client.add_collection_field(name, "later", DataType.GEOMETRY, nullable=True, default_value="POINT (1 1)")
    client.insert(name, [{"id": 9, "g": None, "later": "POINT (9 9)", "vector": ORIGIN}])

    def check(client):
        got = client.query(name, filter=f"st_within(later, '{SQUARE}')", output_fields=["later"])
        assert {r["id"]: r["later"] for r in got} == {i: "POINT (1 1)" for i in SHAPES}
        assert ids(client.query(name, filter=f"not st_within(later, '{SQUARE}')")) == [9]

    check(client)
    client = settle(name)
    client.load_collection(name)
    check(client)
    with pytest.raises(MilvusException):
        client.add_collection_field(name, "bad", DataType.GEOMETRY, nullable=True, default_value="POINT (1")
    described = {f["name"]: f for f in client.describe_collection(name)["fields"]}
    assert "later" in described and "bad" not in described
