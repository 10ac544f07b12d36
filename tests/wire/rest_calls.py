"""REST requests of the tests, by the standard library alone: what a program without a client library sends."""

import http.client
import json

PREFIX = "/v2/vectordb/"
NO_BODY = object()


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        assert self.status == 200, (self.status, self.text)
        assert self.headers["content-type"].startswith("application/json"), self.headers
        return self.json["code"]


class Rest:
    def __init__(self, address, timeout_s=30):
        self.address, self.timeout_s = address, timeout_s

    def send(self, method, path, body=None, headers=None):
        """`body`: text or bytes as they are."""
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout_s)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            lower = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, lower, answer.read().decode())
        finally:
            connection.close()

    def post(self, route, body=None, headers=None, **members):
        """`route` as "collections/list"; the body is `members` unless one is given."""
        text = body if isinstance(body, (str, bytes)) else json.dumps(members if body is None else body)
        return self.send("POST", PREFIX + route, text, {"Content-Type": "application/json", **(headers or {})})

    def ok(self, route, body=None, headers=None, **members):
        """The data of an answer, which must be one."""
        answer = self.post(route, body, headers, **members)
        assert answer.code == 0, (route, answer.text)
        return answer.json["data"]

    def refused(self, route, code, phrase="", body=None, headers=None, **members):
        answer = self.post(route, body, headers, **members)
        assert answer.code == code, (route, answer.text)
        assert set(answer.json) == {"code", "message"}, answer.text
        assert phrase in answer.json["message"], (phrase, answer.text)
        return answer.json["message"]
