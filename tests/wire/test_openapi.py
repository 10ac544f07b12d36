"""The OpenAPI document and the page /docs against the server: every example works, every answer is as described.

With the environment `openapi` the document is validated too, and schemathesis sends what it makes of it.
"""

import base64
import hashlib
import html
import http.client
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from rest_calls import PREFIX, Rest

COMPAT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "compat.md"
RUN_SECONDS = 40
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# The examples in an order in which each can be done.
WALK = """
databases/create databases/list databases/describe databases/alter databases/alter_properties databases/drop_properties databases/drop
collections/create collections/list collections/has collections/describe collections/get_stats collections/get_load_state
collections/load collections/refresh_load
entities/insert entities/upsert entities/query entities/get entities/search entities/hybrid_search entities/advanced_search
entities/delete collections/flush collections/compact collections/get_compaction_state collections/truncate
collections/alter_properties collections/drop_properties collections/fields/add collections/fields/alter_properties
aliases/create aliases/list aliases/describe aliases/alter aliases/drop
partitions/create partitions/list partitions/has partitions/get_stats partitions/load partitions/release partitions/drop
resource_groups/create resource_groups/list resource_groups/describe resource_groups/drop
resource_groups/create resource_groups/alter resource_groups/transfer_replica
collections/release indexes/list indexes/describe indexes/alter_properties indexes/drop_properties indexes/drop indexes/create
privilege_groups/create privilege_groups/add_privileges_to_group privilege_groups/list
privilege_groups/remove_privileges_from_group privilege_groups/drop
users/create users/list users/update_password api_keys/create api_keys/list api_keys/drop roles/create roles/list roles/alter users/grant_role users/describe users/revoke_role
roles/grant_privilege roles/describe roles/revoke_privilege roles/grant_privilege_v2 roles/revoke_privilege_v2 roles/drop users/drop
collections/rename collections/drop common/run_analyzer
""".split()


@pytest.fixture
def rest(server):
    return Rest(server.address)


@pytest.fixture
def document(rest):
    answer = rest.send("GET", "/openapi.json")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json


@pytest.fixture
def page(rest):
    answer = rest.send("GET", "/docs")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


def operations(document):
    """(route, operation) of all."""
    return [(path.removeprefix(PREFIX), item["post"]) for path, item in document["paths"].items()]


def is_built(operation):
    return operation.get("x-redkite-status") != "not-implemented"


def media(part):
    return part["content"]["application/json"]


def test_each_operation_answers(rest, document):
    assert document["openapi"].startswith("3.1")
    assert len(operations(document)) > 50
    for route, operation in operations(document):
        answer = rest.post(route)
        assert answer.status == 200, (route, answer.text)
        # What is not built may check the body before it says so.
        assert answer.code != 10 if is_built(operation) else answer.code in (10, 1802), (route, answer.text)


def test_required_members_are_required(rest, document):
    """Without any of them the answer says so; with all of them it says something else."""
    for route, operation in operations(document):
        schema, example = media(operation["requestBody"])["schema"], media(operation["requestBody"])["example"]
        for member in schema.get("required", []) if is_built(operation) else []:
            for without in ({k: v for k, v in example.items() if k != member}, {**example, member: None}):
                message = rest.refused(route, 1802, body=without)
                assert member.lower() in message.lower(), (route, member, message)


def test_references_lead_somewhere(document):
    def references(value):
        if isinstance(value, dict):
            for key, member in value.items():
                yield from [member] if key == "$ref" else references(member)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    found = set(references(document))
    assert len(found) > 30
    for reference in found:
        _, components, kind, name = reference.split("/")
        assert name in document[components][kind], reference


def test_the_page_needs_nothing_else_and_lets_nothing_in(page):
    text, policy = page.text, page.headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy, "the style changed: put this hash into docs_page.cc"
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script|<img|<link|<iframe|<object|\son\w+=|\sstyle=|@import|url\(", text)
    links = set(re.findall(r'href="([^"]*)"', text))
    identifiers = re.findall(r'id="([^"]*)"', text)
    assert len(identifiers) == len(set(identifiers))
    assert {link for link in links if not link.startswith("#")} == {"/openapi.json"}
    assert {link[1:] for link in links if link.startswith("#")} <= set(identifiers)


def test_the_page_is_well_formed(page):
    """Every element is closed, in order."""
    open_tags, void = [], {"meta"}
    for closing, tag in re.findall(r"<(/?)([a-z][a-z0-9]*)", page.text):
        if closing:
            assert open_tags.pop() == tag
        elif tag not in void:
            open_tags.append(tag)
    assert open_tags == []


def test_the_page_and_the_document_tell_the_same(document, page):
    assert re.findall(r'<details id="([^"]*)"', page.text) == [route for route, _ in operations(document)]
    objects = re.findall(r'<h3 id="([^"]*)"', page.text)
    assert set(objects) == set(document["components"]["schemas"]) - {"Failure"}


def test_head_and_other_methods(rest):
    for path in ("/docs", "/openapi.json"):
        body, head = rest.send("GET", path), rest.send("HEAD", path)
        assert head.status == 200 and head.text == ""
        assert head.headers["content-length"] == body.headers["content-length"] == str(len(body.text.encode()))
        assert rest.send("POST", path, "{}").status == 404
        assert rest.send("GET", path + "/").status == 404
        foreign = rest.send("GET", path, headers={"Host": "example.org"})
        assert foreign.status == 403


def test_the_page_names_the_host_that_was_asked(rest, page, server):
    assert f"curl -s http://{server.address}/v2/vectordb/collections/list " in page.text
    odd = rest.send("GET", "/docs", headers={"Host": f"localhost:{server.port}"})
    assert f"http://localhost:{server.port}/v2/" in odd.text


def test_the_compat_page_tells_the_same(document):
    """Groups that this build does not have may have rows there."""
    rows = re.findall(r"^\| `(\w+/[\w/]+)` \| (done|differs|not implemented) \|", COMPAT.read_text(), re.M)
    states = dict(rows)
    assert len(rows) == len(states), "a route has two rows"
    here = dict(operations(document))
    groups = {route.split("/")[0] for route in here}
    assert {route for route in states if route.split("/")[0] in groups} == set(here)
    for route, operation in here.items():
        assert (states[route] != "not implemented") == is_built(operation), route


# ---- the examples


def commands(page):
    """The curl command of each route."""
    found = {}
    for text in re.findall(r"<pre><code>(curl .*?)</code></pre>", page.text, re.S):
        line = html.unescape(text)
        found[re.search(r"/v2/vectordb/(\S+)", line).group(1)] = line
    return found


def paste(line):
    """What the command prints; by the shell and curl where they are."""
    if shutil.which("curl"):
        return json.loads(subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=30).stdout)
    curl, silent, url, header, value, data, body = shlex.split(line)
    assert (curl, silent, header, data) == ("curl", "-s", "-H", "-d")
    address, path = url.removeprefix("http://").split("/", 1)
    name, value = value.split(": ")
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("POST", f"/{path}", body, {name: value})
    return json.loads(connection.getresponse().read())


def closed(schema):
    """The schema, with members that it does not name refused."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and schema.get("type") == "object":
        out["additionalProperties"] = False
    return out


def test_every_example_can_be_pasted(own_server):
    """In the order of WALK each of them is answered with code 0, and as its schema says; where jsonschema is installed
    that is checked, with members that no schema names refused."""
    try:
        import jsonschema
    except ImportError:
        jsonschema = None
    own_server.start()
    rest = Rest(own_server.address)
    document = rest.send("GET", "/openapi.json").json
    lines = commands(rest.send("GET", "/docs"))
    built = dict((route, operation) for route, operation in operations(document) if is_built(operation))
    assert set(built) <= set(WALK), "an operation has no place in WALK"
    assert set(lines) == {route for route, _ in operations(document)}
    for route in WALK:
        if route not in built:
            continue
        answer = paste(lines[route])
        assert answer["code"] == 0, (route, lines[route], answer)
        if jsonschema is not None:
            schema = media(built[route]["responses"]["200"])["schema"]["oneOf"][0]
            whole = closed({**schema, "components": document["components"]})
            jsonschema.Draft202012Validator(whole).validate(answer)


# ---- with the environment `openapi`


def test_the_document_is_valid(document):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.OpenAPIV31SpecValidator(document).validate()


def test_schemathesis_finds_nothing(own_server, tmp_path):
    pytest.importorskip("schemathesis")
    own_server.start()
    run = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("st")), "run", f"{own_server.uri}/openapi.json", "--checks", CHECKS,
         "--phases", "examples,coverage,fuzzing", "--seed", "1", "--max-time", str(RUN_SECONDS), "--workers", "2",
         "--suppress-health-check", "all", "--generation-database", "none", "--no-color", "--warnings", "off"],
        cwd=tmp_path, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert own_server.alive()
