#!/usr/bin/env python3
"""Makes heart.inc and abalone.inc: learning curves of real training, a row a configuration,
a column a round. Data, trainer and folds are those of ../quality/tables/make.py."""
import importlib.util
import itertools
import os
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location(
    "tables", os.path.join(HERE, "..", "quality", "tables", "make.py"))
tables = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tables)

ROUNDS = 81


def write(name, rows):
    with open(os.path.join(HERE, name + ".inc"), "w") as out:
        out.write(f"/* log loss or error on test data after rounds 1..{ROUNDS}, a row a "
                  "configuration: eta 0.005..0.8 (12), max_depth 1..8 */\n")
        for row in rows:
            out.write("{" + ", ".join(f"{v:.4f}" for v in row) + "},\n")


def curves(name, data, metric, objective):
    def train(eta, depth):
        all_folds = [tables.xgboost(fold, metric, {"objective": objective, "eta": eta,
                                                   "max_depth": depth, "num_round": ROUNDS})
                     for fold in data]
        return [sum(column) / len(data) for column in zip(*all_folds)]

    write(name, tables.run(train, list(itertools.product(tables.geometric(.005, .8, 12),
                                                         range(1, 9)))))


with tempfile.TemporaryDirectory() as folder:
    lines = tables.read_heart()
    folds = [tables.split(lines, folder, f"heart{k}", lambda i, k=k: i % 3 == k)
             for k in range(3)]
    curves("heart", folds, "logloss", "binary:logistic")
