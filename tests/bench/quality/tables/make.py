#!/usr/bin/env python3
"""Makes the tables of results of real training: make.py [xgb_heart|xgb_abalone|linear_heart].

Data and trainers are Debian's: heart_scale of liblinear-tools (270 patients), the abalone
data of libfann-doc (4177 shellfish), the programs xgboost and liblinear-train. Each table is
a list of numbers in C's form, last index fastest; its first line says what they are.
Takes a few minutes."""
import itertools
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HEART = "/usr/share/doc/liblinear-tools/examples/heart_scale"
ABALONE = "/usr/share/doc/libfann-dev/examples/datasets/abelone."
HERE = os.path.dirname(os.path.abspath(__file__))


def geometric(low, high, n):
    return [low * (high / low) ** (i / (n - 1)) for i in range(n)]


def xgboost(data, metric, settings):
    """The metric on the test data after each round."""
    train, test = data
    arguments = [f"{k}={v}" for k, v in settings.items()]
    with open(os.devnull) as empty:
        done = subprocess.run(
            ["xgboost", os.devnull, f"data={train}", f"eval[test]={test}", "model_out=/dev/null",
             "nthread=1", f"eval_metric={metric}", "seed=1", *arguments],
            text=True, stdin=empty, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return [float(v) for v in re.findall(rf"test-{metric}:(\S+)", done.stdout)]


def write(name, title, rows):
    with open(os.path.join(HERE, name + ".inc"), "w") as out:
        out.write(f"/* {title} */\n")
        for row in rows:
            out.write(", ".join(f"{v:.5f}" for v in row) + ",\n")


def run(function, points):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda point: function(*point), points))


def read_heart():
    with open(HEART) as file:
        return [re.sub(r"^\+1", "1", re.sub(r"^-1", "0", line)) for line in file]


def split(lines, folder, stem, held):
    """Writes two files: the lines that `held` chooses by their number, and the others."""
    paths = [os.path.join(folder, f"{stem}.{part}") for part in ("train", "test")]
    for path, test in zip(paths, (False, True)):
        with open(path, "w") as out:
            out.writelines(line for i, line in enumerate(lines) if held(i) == test)
    return paths


ROUNDS = [2, 4, 8, 12, 20, 32, 50, 80, 125, 200]


def xgb_heart(folder):
    lines = read_heart()
    folds = [split(lines, folder, f"heart{k}", lambda i, k=k: i % 3 == k) for k in range(3)]

    def train(eta, depth, subsample):
        curves = [xgboost(fold, "logloss", {"objective": "binary:logistic", "eta": eta,
                                            "max_depth": depth, "subsample": subsample,
                                            "num_round": ROUNDS[-1]}) for fold in folds]
        return [sum(curve[r - 1] for curve in curves) / 3 for r in ROUNDS]

    points = itertools.product(geometric(.005, .8, 12), range(1, 9), (.5, .6, .7, .8, .9, 1))
    write("xgb_heart", "log loss: eta 0.005..0.8 (12), max_depth 1..8, subsample 0.5..1 (6), "
          "rounds " + " ".join(map(str, ROUNDS)), run(train, points))


ABALONE_ROUNDS = [5, 10, 18, 30, 50, 80, 120, 200]


def read_abalone(part):
    with open(ABALONE + part) as file:
        words = file.read().split()
    n, inputs, outputs = map(int, words[:3])
    width, lines = inputs + outputs, []
    for i in range(n):
        row = words[3 + i * width:3 + (i + 1) * width]
        lines.append(row[inputs] + "".join(f" {j}:{v}" for j, v in enumerate(row[:inputs])) + "\n")
    return lines


def xgb_abalone(folder):
    lines = read_abalone("train") + read_abalone("test")
    data = split(lines, folder, "abalone", lambda i: i % 3 == 2)

    def train(eta, depth, weight):
        curve = xgboost(data, "rmse", {"objective": "reg:squarederror", "eta": eta,
                                       "max_depth": depth, "min_child_weight": weight,
                                       "num_round": ABALONE_ROUNDS[-1]})
        return [curve[r - 1] * 10 for r in ABALONE_ROUNDS]

    points = itertools.product(geometric(.01, 1, 9), range(1, 9), (1, 3, 10, 30, 100))
    write("xgb_abalone", "10 x root mean square error: eta 0.01..1 (9), max_depth 1..8, "
          "min_child_weight 1 3 10 30 100, rounds " + " ".join(map(str, ABALONE_ROUNDS)),
          run(train, points))


def linear_heart(folder):
    def train(kind, bias):
        row = []
        for c in geometric(2.0**-15, 2.0**10, 51):
            done = subprocess.run(["liblinear-train", "-q", "-s", str(kind), "-c", repr(c),
                                   "-B", str(bias), "-v", "10", HEART],
                                  text=True, capture_output=True, check=True)
            accuracy = float(re.search(r"Accuracy = ([0-9.]+)%", done.stdout).group(1))
            row.append(1 - accuracy / 100)
        return row

    points = itertools.product(range(8), (-1, 1))
    write("linear_heart", "error of 10-fold cross validation: -s 0..7, -B -1 1, "
          "-c 2^-15..2^10 (51)", run(train, points))


TABLES = {"xgb_heart": xgb_heart, "xgb_abalone": xgb_abalone, "linear_heart": linear_heart}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or TABLES:
        with tempfile.TemporaryDirectory() as place:
            TABLES[wanted](place)
