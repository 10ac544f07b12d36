#!/usr/bin/env python3
"""Compares filters with SQLite: filter_differential --sql prints tables, filters as SQL and the rows that were kept.

usage: filter_sql.py PROGRAM [--queries N] [--seed S]
"""

import json
import sqlite3
import subprocess
import sys


def make_table(database, table):
    names = ["row"] + table["columns"]
    database.execute("DROP TABLE IF EXISTS t")
    # Columns without a type keep values as they are.
    database.execute("CREATE TABLE t (%s)" % ", ".join(f'"{name}"' for name in names))
    database.executemany("INSERT INTO t VALUES (%s)" % ", ".join("?" * len(names)), table["rows"])


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA case_sensitive_like = ON")
    program = subprocess.Popen([*arguments, "--sql"], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    queries = 0
    for line in program.stdout:
        given = json.loads(line)
        if "rows" in given:
            make_table(database, given)
            continue
        sql = f"SELECT row FROM t WHERE {given['where']} ORDER BY row"
        kept = [row for (row,) in database.execute(sql, given["parameters"])]
        queries += 1
        if kept != given["kept"]:
            program.kill()
            print(f"after {queries} queries SQLite {sqlite3.sqlite_version} keeps other rows:\n  filter: {given['filter']}\n"
                  f"  SQL: {given['where']}\n  parameters: {given['parameters']}\n  kept: {given['kept']}\n  SQLite: {kept}")
            for row in set(kept) ^ set(given["kept"]):
                print("  row:", database.execute("SELECT * FROM t WHERE row = ?", [row]).fetchone())
            return 1
    print(f"SQLite {sqlite3.sqlite_version}: {queries} queries without a difference")
    return program.wait() or queries == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
