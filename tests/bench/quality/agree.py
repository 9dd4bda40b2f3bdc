#!/usr/bin/env python3
"""Whether the functions and their spaces are those that the baseline was measured on.

agree.py BENCH_QUALITY SOURCE_DIR: compares with quality/objective.py in HONE_SHARED, or
in ../shared beside the sources, at random points; exits with 77 where it is missing."""
import importlib.util
import json
import math
import os
import random
import subprocess
import sys

POINTS = 200


def load(source):
    shared = os.environ.get("HONE_SHARED", os.path.join(source, "..", "shared"))
    path = os.path.join(shared, "quality", "objective.py")
    if not os.path.exists(path):
        print(f"skipped: no {path}")
        sys.exit(77)
    spec = importlib.util.spec_from_file_location("objective", path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def flatten(space):
    """{name: (kind, low, high, condition)} or ("cat", choices, None, None)."""
    flat = {}
    for name, d in space.items():
        if name != "if":
            flat[name] = (d[0], d[1], d[2] if len(d) > 2 else None, None)
    for choice, sub in space.get("if", {}).items():
        for name, d in sub.items():
            flat[name] = (d[0], d[1], d[2], choice)
    return flat


def told(space):
    """The same from what bench_quality says."""
    kinds = {(False, False): "float", (False, True): "log",
             (True, False): "int", (True, True): "intlog"}
    flat = {}
    for p in space["params"]:
        choices = [v for values in p["when"].values() for v in values]
        when = choices[0] if choices else None
        if "values" in p:
            flat[p["name"]] = ("cat", tuple(p["values"]), None, when)
        else:
            flat[p["name"]] = (kinds[p["integer"], p["log"]], p["min"], p["max"], when)
    return flat


def main():
    module = load(sys.argv[2])
    server = subprocess.Popen([sys.argv[1], "--serve"], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)

    def ask(line):
        server.stdin.write(line + "\n")
        server.stdin.flush()
        return server.stdout.readline().strip()

    rng, checked, failures = random.Random(7), 0, 0
    listed = subprocess.run([sys.argv[1], "--list"], text=True, capture_output=True, check=True)
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    for name, (function, space, minimum) in module.FUNCTIONS.items():
        if name not in names:
            continue
        answer = json.loads(ask(f"space {name}"))
        if told(answer) != flatten(space) or abs(answer["minimum"] - minimum) > 1e-9:
            print(f"{name}: another space: {told(answer)} {flatten(space)}")
            failures += 1
        for _ in range(POINTS):
            point = module.draw(rng, space)
            words = ask(f"{name} {json.dumps(point)}").split()
            value = function(point)
            checked += 1
            if words[0] == "error:" or not math.isclose(
                    float(words[1]), value, rel_tol=1e-11, abs_tol=1e-11):
                print(f"{name}: {words} instead of {value!r} at {point}")
                failures += 1
    server.stdin.close()
    server.wait()
    print(f"{checked} points, {failures} failures")
    return 1 if failures or checked < 10 * POINTS else 0


sys.exit(main())
