"""Reads a Dockerfile of plain instructions. Not thread safe; standard library only."""

import dataclasses
import json
import re

KNOWN = {"FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


@dataclasses.dataclass
class Stage:
    base: str
    name: str
    steps: list = dataclasses.field(default_factory=list)  # (instruction, rest of the line)

    def all(self, instruction):
        return [rest for name, rest in self.steps if name == instruction]

    def last(self, instruction):
        return self.all(instruction)[-1]

    def words(self, instruction):
        """Of the exec form of CMD and ENTRYPOINT, and of HEALTHCHECK's command."""
        return json.loads(re.sub(r"^.*?CMD ", "", self.last(instruction)) if instruction == "HEALTHCHECK" else self.last(instruction))

    def environment(self):
        return dict(word.split("=", 1) for rest in self.all("ENV") for word in rest.split())


def parse(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        instruction, rest = line.split(None, 1)
        if instruction not in KNOWN:
            raise ValueError(f"an instruction that is not plain: {line}")
        if instruction == "FROM":
            found = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest)
            stages.append(Stage(found.group(1), found.group(2) or ""))
        else:
            stages[-1].steps.append((instruction, " ".join(rest.split())))
    return stages


def apt_packages(step):
    """Of a RUN that installs; none of another."""
    found = re.search(r"apt-get install -y --no-install-recommends ([^&]+)", step)
    return found.group(1).split() if found else []
