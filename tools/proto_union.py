#!/usr/bin/env python3
"""Writes proto/*.proto: the union of the messages that several client versions know, grouped in our own order.

Step 1, once per client version, with that version's interpreter:  proto_union.py dump OUT.ds
Step 2, newest version first:                                      proto_union.py emit proto/ NEW.ds OLD.ds ...

Names, numbers and types come from the descriptors; order, grouping and comments come from tools/proto_layout.py.
Custom options and extensions are left out, they steer only the original server. A field number that two versions
use differently stops the run. After a new client version: run both steps, read the difference, commit.
"""
import pathlib
import sys

from google.protobuf import descriptor_pb2, descriptor_pool

FILES = ("common", "schema", "rg", "msg", "feder", "milvus")
F = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    F.TYPE_DOUBLE: "double", F.TYPE_FLOAT: "float", F.TYPE_INT64: "int64", F.TYPE_UINT64: "uint64",
    F.TYPE_INT32: "int32", F.TYPE_FIXED64: "fixed64", F.TYPE_FIXED32: "fixed32", F.TYPE_BOOL: "bool",
    F.TYPE_STRING: "string", F.TYPE_BYTES: "bytes", F.TYPE_UINT32: "uint32", F.TYPE_SFIXED32: "sfixed32",
    F.TYPE_SFIXED64: "sfixed64", F.TYPE_SINT32: "sint32", F.TYPE_SINT64: "sint64",
}


def dump(out):
    from pymilvus.grpc_gen import feder_pb2, milvus_pb2, msg_pb2, rg_pb2  # noqa: F401, fills the pool
    result = descriptor_pb2.FileDescriptorSet()
    for name in FILES:
        descriptor_pool.Default().FindFileByName(name + ".proto").CopyToProto(result.file.add())
    pathlib.Path(out).write_bytes(result.SerializeToString())


def same_field(a, b):
    return (a.name, a.type, a.type_name, a.label) == (b.name, b.type, b.type_name, b.label)


def merge_message(into, other, path):
    """Adds to `into` what only `other` has."""
    oneof_names = [o.name for o in into.oneof_decl]
    known = {f.number: f for f in into.field}
    names = {f.name for f in into.field}
    for field in other.field:
        if field.number in known:
            if not same_field(known[field.number], field):
                sys.exit(f"{path}.{field.name} = {field.number} differs from {known[field.number].name}")
            continue
        if field.name in names:
            sys.exit(f"{path}.{field.name} has two numbers")
        added = into.field.add()
        added.CopyFrom(field)
        if field.HasField("oneof_index"):
            oneof = other.oneof_decl[field.oneof_index].name
            if oneof not in oneof_names:
                into.oneof_decl.add().name = oneof
                oneof_names.append(oneof)
            added.oneof_index = oneof_names.index(oneof)
    merge_types(into.nested_type, into.enum_type, other.nested_type, other.enum_type, path)


def merge_enum(into, other, path):
    known = {v.name: v.number for v in into.value}
    for value in other.value:
        if known.get(value.name, value.number) != value.number:
            sys.exit(f"{path}.{value.name} has two numbers")
        if value.name not in known:
            into.value.add().CopyFrom(value)


def merge_types(messages, enums, other_messages, other_enums, path):
    by_name = {m.name: m for m in messages}
    for m in other_messages:
        if m.name in by_name:
            merge_message(by_name[m.name], m, f"{path}.{m.name}")
        else:
            messages.add().CopyFrom(m)
    by_name = {e.name: e for e in enums}
    for e in other_enums:
        if e.name in by_name:
            merge_enum(by_name[e.name], e, f"{path}.{e.name}")
        else:
            enums.add().CopyFrom(e)


def merge_services(into, other):
    by_name = {s.name: s for s in into}
    for service in other:
        if service.name not in by_name:
            into.add().CopyFrom(service)
            continue
        mine = by_name[service.name]
        methods = {m.name: m for m in mine.method}
        for method in service.method:
            if method.name not in methods:
                mine.method.add().CopyFrom(method)
                continue
            m = methods[method.name]
            if (m.input_type, m.output_type) != (method.input_type, method.output_type):
                sys.exit(f"{service.name}.{method.name} has two signatures")


def union(paths):
    result = {}
    for path in paths:
        parsed = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
        for file in parsed.file:
            name = file.name.removesuffix(".proto")
            if name not in FILES:
                continue
            if name not in result:
                result[name] = file
                continue
            mine = result[name]
            merge_types(mine.message_type, mine.enum_type, file.message_type, file.enum_type, file.package)
            merge_services(mine.service, file.service)
    return result


class Emitter:
    """Text of one file of package `package`; `types` are those it declares, by full name."""

    def __init__(self, package, types, file_of):
        self.package = package
        self.pending = dict(types)
        self.file_of = file_of  # full type name -> proto file
        self.own_file = ""
        self.imports = set()
        self.lines = []

    def short_name(self, full_name, own_file):
        """Inside the package by its short name, else by package tail: common.Status."""
        top = ".".join(full_name.split(".")[:5])
        if self.file_of[top] != own_file:
            self.imports.add(self.file_of[top])
        own = "." + self.package + "."
        return full_name.removeprefix(own) if full_name.startswith(own) else full_name.removeprefix(".milvus.proto.")

    def type_name(self, field):
        return SCALARS[field.type] if field.type in SCALARS else self.short_name(field.type_name, self.own_file)

    def field_line(self, message, field, pad):
        entry = {n.name: n for n in message.nested_type if n.options.map_entry}
        tail = field.type_name.rsplit(".", 1)[-1]
        if field.type == F.TYPE_MESSAGE and tail in entry:
            key, value = entry[tail].field
            return f"{pad}map<{self.type_name(key)}, {self.type_name(value)}> {field.name} = {field.number};"
        label = "repeated " if field.label == F.LABEL_REPEATED else "optional " if field.proto3_optional else ""
        return f"{pad}{label}{self.type_name(field)} {field.name} = {field.number};"

    def enum(self, enum, pad=""):
        self.lines.append(f"{pad}enum {enum.name} {{")
        numbers = [v.number for v in enum.value]
        if len(set(numbers)) < len(numbers):
            self.lines.append(f"{pad}  option allow_alias = true;")
        values = sorted(enum.value, key=lambda v: (v.number != 0, v.number))
        self.lines += [f"{pad}  {v.name} = {v.number};" for v in values]
        self.lines.append(pad + "}")

    def message(self, message, pad=""):
        if not message.field and not message.nested_type and not message.enum_type:
            self.lines.append(f"{pad}message {message.name} {{}}")
            return
        self.lines.append(f"{pad}message {message.name} {{")
        for e in message.enum_type:
            self.enum(e, pad + "  ")
        for n in message.nested_type:
            if not n.options.map_entry:
                self.message(n, pad + "  ")
        done = set()
        for field in sorted(message.field, key=lambda f: f.number):
            if not field.HasField("oneof_index") or field.proto3_optional:
                self.lines.append(self.field_line(message, field, pad + "  "))
            elif field.oneof_index not in done:
                done.add(field.oneof_index)
                self.lines.append(f"{pad}  oneof {message.oneof_decl[field.oneof_index].name} {{")
                of = [f for f in message.field if f.HasField("oneof_index") and f.oneof_index == field.oneof_index]
                self.lines += [self.field_line(message, f, pad + "    ") for f in sorted(of, key=lambda f: f.number)]
                self.lines.append(f"{pad}  }}")
        self.lines.append(pad + "}")

    def with_needs(self, full_name):
        """The type, then the types that only it has needed so far."""
        t = self.pending.pop(full_name, None)
        if t is None:
            return
        self.lines.append("")
        if isinstance(t, descriptor_pb2.EnumDescriptorProto):
            self.enum(t)
            return
        self.message(t)
        for name in needs(t):
            self.with_needs(name)

    def section(self, title, full_names):
        if any(n in self.pending for n in full_names):
            self.lines += ["", f"// ---- {title} " + "-" * (105 - len(title))]
        for n in full_names:
            self.with_needs(n)

    def service(self, service, layout):
        self.lines += ["", f"service {service.name} {{"]
        methods = {m.name: m for m in service.method}
        for _, title, names in layout.sections_of(service):
            self.lines.append(f"  // {title}")
            for name in names:
                m = methods[name]
                into, out = ("stream " if on else "" for on in (m.client_streaming, m.server_streaming))
                request, answer = (self.short_name(t, self.own_file) for t in (m.input_type, m.output_type))
                self.lines.append(f"  rpc {name}({into}{request}) returns ({out}{answer});")
        self.lines.append("}")

    def text(self, header):
        lines = [f"// {c}" for c in header]
        lines += ["", 'syntax = "proto3";', "", f"package {self.package};", "", "option optimize_for = LITE_RUNTIME;"]
        if self.imports:
            lines += ["", *(f'import "{d}";' for d in sorted(self.imports))]
        return "\n".join(lines + self.lines) + "\n"


def needs(message):
    """Full names of the types of a message's fields, in order."""
    if isinstance(message, descriptor_pb2.EnumDescriptorProto):
        return
    for field in message.field:
        if field.type_name:
            yield field.type_name
    for nested in message.nested_type:
        yield from needs(nested)


def closure(roots, types):
    """`roots` and everything of `types` that they need, in order."""
    found, todo = {}, list(roots)
    while todo:
        name = todo.pop(0)
        if name in types and name not in found:
            found[name] = None
            todo += needs(types[name])
    return found


def split_service_file(file, layout):
    """file key -> (titles, [(title, root type names)]) and type name -> file key, for the messages of the service."""
    prefix = "." + file.package + "."
    types = {prefix + t.name: t for t in [*file.message_type, *file.enum_type]}
    sections = {}
    for service in file.service:
        methods = {m.name: m for m in service.method}
        for key, title, names in layout.sections_of(service):
            roots = [t for n in names for t in (methods[n].input_type, methods[n].output_type)]
            sections.setdefault(key, []).append((title, roots))
    users = {}
    for key, parts in sections.items():
        for name in closure([r for _, roots in parts for r in roots], types):
            users.setdefault(name, set()).add(key)
    rest = [n for n in types if n not in users]
    sections["other"] = sections.get("other", []) + [("Types without a caller", rest)]
    for name in closure(rest, types):
        users.setdefault(name, set()).add("other")
    owner = {n: next(iter(k)) if len(k) == 1 else "shared" for n, k in users.items()}
    shared = [n for n in types if owner[n] == "shared"]
    return {"shared": [("Used by several groups of calls", shared)], **sections}, owner, types


def write(directory, name, emitter, header):
    pathlib.Path(directory, name).write_text(emitter.text(header))


def emit(directory, paths):
    import proto_layout as layout
    files = union(paths)
    sections, owner, types = split_service_file(files["milvus"], layout)
    file_of = {n: f"milvus_{k}.proto" for n, k in owner.items()}
    plain = {}
    for name, file in files.items():
        if name != "milvus":
            plain[name] = {f".{file.package}.{t.name}": t for t in [*file.message_type, *file.enum_type]}
            file_of.update({n: name + ".proto" for n in plain[name]})
    for name, own_types in plain.items():
        e = Emitter(files[name].package, own_types, file_of)
        e.own_file = name + ".proto"
        prefix = f".{files[name].package}."
        for title, names in layout.TYPE_SECTIONS.get(name, []):
            e.section(title, [prefix + n for n in names])
        e.section("Others", sorted(e.pending))
        write(directory, e.own_file, e, layout.header_of(name, []))
    for key, parts in sections.items():
        e = Emitter(files["milvus"].package, {n: types[n] for n, k in owner.items() if k == key}, file_of)
        e.own_file = f"milvus_{key}.proto"
        if not e.pending:
            continue
        for title, roots in parts:
            e.section(title, roots)
        for n in sorted(e.pending):  # reached only through a type of another file
            e.with_needs(n)
        write(directory, e.own_file, e, layout.header_of(f"milvus_{key}", [t for t, _ in parts]))
    e = Emitter(files["milvus"].package, {}, file_of)
    e.own_file = "milvus.proto"
    for service in files["milvus"].service:
        e.service(service, layout)
    write(directory, e.own_file, e, layout.header_of("milvus", []))


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "dump":
        dump(sys.argv[2])
    elif len(sys.argv) > 3 and sys.argv[1] == "emit":
        emit(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
